import { asPlatform, type PlatformDb } from '../database/as-platform.ts';
import { pick, selectRows } from '../database/columns.ts';
import { NIL_ID } from '../database/new-id.ts';
import { forEachTenant, tenantScan } from '../database/scan-tenants.ts';
import { SEALABLE_BEFORE, sealEvents } from '../domain/audit/audit-chain.ts';
import { listHeads } from '../domain/audit/audit-head.ts';
import { platformChain, tenantChain, type Chain } from '../domain/audit/chain.ts';
import type { Schedule, ScheduleDeps } from './schedules.ts';

const MONTHS_AHEAD = 3;

/** Not part of requests, because a tenant's writes would wait for each other. */
export const sealAudit: Schedule = {
  name: 'seal audit',
  everySeconds: 60,
  run: async (deps, isStopping) => {
    await forEachTenant(deps.log, await findUnsealedTenants(deps, isStopping), (id) =>
      sealChain(deps, tenantChain(id), isStopping),
    );
    await sealChain(deps, platformChain, isStopping);
  },
};

/** A copy outside of the database, for `audit:verify --heads`. */
export const logAuditHeads: Schedule = {
  name: 'log audit heads',
  everySeconds: 24 * 60 * 60,
  run: async ({ database, log }) => {
    for (const { tenant_id, ...head } of await asPlatform(database, listHeads))
      log.info({ tenant: tenant_id === NIL_ID ? null : tenant_id, ...head }, 'audit log head');
  },
};

/** An event of a month without a partition cannot be inserted. */
export const createAuditPartitions: Schedule = {
  name: 'audit partitions',
  everySeconds: 24 * 60 * 60,
  run: async ({ database, log }) => {
    const { rows } = await asPlatform<{ rows: { created: number }[] }>(
      database,
      (db) => db.raw('select app.create_audit_partitions(?) as created', [MONTHS_AHEAD]),
      { isLong: true },
    );
    const { created } = rows[0]!;
    if (created > 0) log.info({ created }, 'audit log partitions created');
  },
};

/** For one tenant, checks only that its rows can be read: sealing reads its events. */
const findUnsealedTenants = tenantScan(
  'unsealed events',
  (db, tenantId) =>
    tenantId === undefined
      ? listUnsealedTenants(db)
      : selectRows(
          db.from('terms_versions').where({ tenant_id: tenantId, number: 1 }),
          pick('terms_versions', 'tenant_id'),
        ),
  { isLong: true },
);

/** Each tenant has a first version of its terms. Citus refuses a subquery for each row of `tenants`. */
async function listUnsealedTenants(db: PlatformDb): Promise<{ tenant_id: string }[]> {
  const { rows } = (await db.raw(
    `select t.tenant_id, exists (
       select from audit_events e where e.tenant_id = t.tenant_id and e.at < ${SEALABLE_BEFORE}
         and (e.at, e.id) > (coalesce(s.to_at, '-infinity'), coalesce(s.to_id, '${NIL_ID}'))) as has_unsealed
     from (select tenant_id from terms_versions where number = 1) t
     left join lateral (
       select to_at, to_id from audit_seals where tenant_id = t.tenant_id order by number desc limit 1) s on true`,
  )) as { rows: { tenant_id: string; has_unsealed: boolean }[] };
  return rows.filter(({ has_unsealed }) => has_unsealed);
}

async function sealChain(
  { database, config, log }: ScheduleDeps,
  chain: Chain,
  isStopping: () => boolean,
): Promise<void> {
  while (!isStopping()) {
    const seal = await asPlatform(database, (db) => sealEvents(db, chain, config.secretKeys[0]!), {
      isLong: true,
    });
    if (!seal) return;
    const { number, events, hash } = seal;
    const tenant = chain === platformChain ? null : chain.id;
    log.info({ tenant, seal: number, events, hash: hash.toString('hex') }, 'audit log sealed');
  }
}
