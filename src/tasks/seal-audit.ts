import { asPlatform } from '../database/as-platform.ts';
import { SETTLED, sealEvents } from '../domain/audit/seal-events.ts';
import type { Job, JobDeps } from './schedules.ts';

const TENANTS_AT_ONCE = 500;
const NO_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Adds what has settled to each tenant's hash chain, a few minutes behind: chaining inside a request would make a
 * tenant's writes wait for each other. The heads go into the log, which is outside the database.
 */
export const sealAudit: Job = {
  name: 'seal audit',
  everySeconds: 60,
  run: async (deps, isStopping) => {
    for (let after: string | undefined = NO_ID; after !== undefined && !isStopping();) {
      const batch: TenantToSeal[] = await tenantsAfter(deps, after);
      for (const { id, is_behind } of batch)
        if (is_behind && !isStopping()) await sealTenant(deps, id, isStopping);
      after = batch.length === TENANTS_AT_ONCE ? batch.at(-1)!.id : undefined;
    }
  },
};

interface TenantToSeal {
  id: string;
  is_behind: boolean;
}

async function tenantsAfter({ database }: JobDeps, after: string): Promise<TenantToSeal[]> {
  const { rows } = await asPlatform<{ rows: TenantToSeal[] }>(database, (db) =>
    db.knex.raw(
      `select t.id, exists (
         select from audit_events e where e.tenant_id = t.id and e.at < ${SETTLED}
           and (e.at, e.id) > (coalesce(s.to_at, '-infinity'), coalesce(s.to_id, '${NO_ID}'))) as is_behind
       from tenants t
       left join lateral (
         select to_at, to_id from audit_seals where tenant_id = t.id order by number desc limit 1) s on true
       where t.id > ? order by t.id limit ${TENANTS_AT_ONCE}`,
      [after],
    ),
  );
  return rows;
}

async function sealTenant(deps: JobDeps, tenantId: string, isStopping: () => boolean): Promise<void> {
  const { database, config, log } = deps;
  while (!isStopping()) {
    const seal = await asPlatform(database, (db) => sealEvents(db, tenantId, config.secretKeys[0]!));
    if (!seal) return;
    const { number, events, hash } = seal;
    log.info({ tenant: tenantId, seal: number, events, hash: hash.toString('hex') }, 'audit log sealed');
  }
}
