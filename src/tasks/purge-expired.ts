import { asPlatform } from '../database/as-platform.ts';
import { forEachTenant, tenantScan } from '../database/scan-tenants.ts';
import type { Schedule, ScheduleDeps } from './schedules.ts';

const BATCH_SIZE = 5_000;

interface ExpiredRows {
  table: string;
  key: string;
  expiredWhen: string;
}

const expiredPlatformRows: readonly ExpiredRows[] = [
  { table: 'platform_sessions', key: 'sid', expiredWhen: 'expire < now()' },
  {
    table: 'platform_form_keys',
    key: 'operator_id, kind, key_hash',
    expiredWhen: `created_at < now() - interval '24 hours'`,
  },
  { table: 'throttle_counters', key: 'key', expiredWhen: 'expires_at < now()' },
];

const expiredTenantRows = [
  { table: 'sessions', key: 'sid', expiredWhen: 'expire < now()' },
  {
    table: 'form_keys',
    key: 'user_id, kind, key_hash',
    expiredWhen: `created_at < now() - interval '24 hours'`,
  },
  // Uploaded for a preview only.
  {
    table: 'logos',
    key: 'hash',
    expiredWhen: `not is_saved and created_at < now() - interval '24 hours'`,
  },
  {
    table: 'tasks',
    key: 'id',
    expiredWhen: `finished_at < now() - interval '30 days' and not exists (
      select 1 from files f where f.tenant_id = tasks.tenant_id and f.task_id = tasks.id) and not exists (
      select 1 from imports i where i.tenant_id = tasks.tenant_id and i.task_id = tasks.id)`,
  },
  // The imports stay, with their counts.
  {
    table: 'import_rows',
    key: 'import_id, line',
    expiredWhen: `exists (
      select 1 from imports i where i.tenant_id = import_rows.tenant_id and i.id = import_rows.import_id
        and greatest(i.created_at, i.imported_at) < now() - interval '30 days')`,
  },
  // Kept for 30 days for investigations.
  {
    table: 'one_time_tokens',
    key: 'token_hash',
    expiredWhen: `least(expires_at, used_at, revoked_at) < now() - interval '30 days'`,
  },
  {
    table: 'login_sessions',
    key: 'id',
    expiredWhen: `least(expires_at, revoked_at) < now() - interval '30 days'`,
  },
  // Longer than the sandbox is asked for a page, a request or an event.
  {
    table: 'sandbox_events',
    key: 'id',
    expiredWhen: `due_at is null and created_at < now() - interval '30 days'`,
  },
  {
    table: 'sandbox_requests',
    key: 'gateway_id, key',
    expiredWhen: `created_at < now() - interval '30 days'`,
  },
  { table: 'sandbox_sessions', key: 'id', expiredWhen: `created_at < now() - interval '30 days'` },
  { table: 'sandbox_switches', key: 'id', expiredWhen: 'remaining = 0' },
].map((rows: ExpiredRows) => ({ ...rows, findTenants: findTenantsWith(rows) }));

export const purgeExpired: Schedule = {
  name: 'purge expired',
  everySeconds: 10 * 60,
  run: async (deps, isStopping) => {
    for (const rows of expiredPlatformRows) await deleteExpired(deps, rows, undefined, isStopping);
    for (const rows of expiredTenantRows) {
      const tenantIds = isStopping() ? [] : await rows.findTenants(deps, isStopping);
      await forEachTenant(deps.log, tenantIds, (id) => deleteExpired(deps, rows, id, isStopping));
    }
  },
};

function findTenantsWith({ table, expiredWhen }: ExpiredRows) {
  return tenantScan(
    `expired ${table}`,
    (db, tenantId) =>
      db
        .fromUntyped(table)
        .where(tenantId === undefined ? {} : { tenant_id: tenantId })
        .whereRaw(expiredWhen)
        .distinct<{ tenant_id: string }[]>('tenant_id'),
    { isLong: true },
  );
}

async function deleteExpired(
  { database, log }: ScheduleDeps,
  { table, key, expiredWhen }: ExpiredRows,
  tenantId: string | undefined,
  isStopping: () => boolean,
): Promise<void> {
  const ofTenant = tenantId === undefined ? {} : { tenant_id: tenantId };
  const columns = key.split(', ');
  let deleted = 0;
  for (let count = BATCH_SIZE; count === BATCH_SIZE && !isStopping(); deleted += count)
    count = await asPlatform(
      database,
      async (db) => {
        const batch = db
          .fromUntyped(table)
          .where(ofTenant)
          .whereRaw(expiredWhen)
          .select(columns)
          .limit(BATCH_SIZE);
        return db.fromUntyped(table).where(ofTenant).whereIn(columns, batch).delete();
      },
      { isLong: true },
    );
  if (deleted > 0)
    log.info({ table, deleted, ...(tenantId && { tenant: tenantId }) }, 'expired rows deleted');
}
