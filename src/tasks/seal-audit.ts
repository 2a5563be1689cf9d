import { asPlatform } from '../database/as-platform.ts';
import { SEALABLE_BEFORE, sealEvents } from '../domain/audit/audit-chain.ts';
import type { Schedule, TaskDeps } from './schedules.ts';

const TENANTS_PER_BATCH = 500;
const MONTHS_AHEAD = 3;
const NIL_ID = '00000000-0000-0000-0000-000000000000';

/** Not part of requests, because a tenant's writes would wait for each other. The logged hashes are an external copy. */
export const sealAudit: Schedule = {
  name: 'seal audit',
  everySeconds: 60,
  run: async (deps, isStopping) => {
    for (let after: string | undefined = NIL_ID; after !== undefined && !isStopping();) {
      const batch: TenantToSeal[] = await listTenantsAfter(deps, after);
      for (const { id, has_unsealed } of batch)
        if (has_unsealed && !isStopping()) await sealTenant(deps, id, isStopping);
      after = batch.length === TENANTS_PER_BATCH ? batch.at(-1)!.id : undefined;
    }
  },
};

/** An event of a month without a partition cannot be inserted. */
export const createAuditPartitions: Schedule = {
  name: 'audit partitions',
  everySeconds: 24 * 60 * 60,
  run: async ({ database, log }) => {
    const { rows } = await asPlatform<{ rows: { created: number }[] }>(database, (db) =>
      db.knex.raw('select app.create_audit_partitions(?) as created', [MONTHS_AHEAD]),
    );
    const { created } = rows[0]!;
    if (created > 0) log.info({ created }, 'audit log partitions created');
  },
};

interface TenantToSeal {
  id: string;
  has_unsealed: boolean;
}

async function listTenantsAfter({ database }: TaskDeps, after: string): Promise<TenantToSeal[]> {
  const { rows } = await asPlatform<{ rows: TenantToSeal[] }>(database, (db) =>
    db.knex.raw(
      `select t.id, exists (
         select from audit_events e where e.tenant_id = t.id and e.at < ${SEALABLE_BEFORE}
           and (e.at, e.id) > (coalesce(s.to_at, '-infinity'), coalesce(s.to_id, '${NIL_ID}'))) as has_unsealed
       from tenants t
       left join lateral (
         select to_at, to_id from audit_seals where tenant_id = t.id order by number desc limit 1) s on true
       where t.id > ? order by t.id limit ${TENANTS_PER_BATCH}`,
      [after],
    ),
  );
  return rows;
}

async function sealTenant(deps: TaskDeps, tenantId: string, isStopping: () => boolean): Promise<void> {
  const { database, config, log } = deps;
  while (!isStopping()) {
    const seal = await asPlatform(database, (db) => sealEvents(db, tenantId, config.secretKeys[0]!));
    if (!seal) return;
    const { number, events, hash } = seal;
    log.info({ tenant: tenantId, seal: number, events, hash: hash.toString('hex') }, 'audit log sealed');
  }
}
