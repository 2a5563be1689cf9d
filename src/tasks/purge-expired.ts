import { asPlatform, type PlatformDb } from '../database/as-platform.ts';
import type { Schedule } from './schedules.ts';

const BATCH_SIZE = 5_000;

interface ExpiredRowRule {
  table: string;
  key: string;
  expiredWhen: string;
}

const expiredRowRules: readonly ExpiredRowRule[] = [
  { table: 'sessions', key: 'tenant_id, sid', expiredWhen: 'expire < now()' },
  { table: 'platform_sessions', key: 'sid', expiredWhen: 'expire < now()' },
  { table: 'throttle_counters', key: 'key', expiredWhen: 'expires_at < now()' },
  {
    table: 'form_keys',
    key: 'tenant_id, user_id, kind, key_hash',
    expiredWhen: `created_at < now() - interval '24 hours'`,
  },
  // Kept for 30 days for investigations.
  {
    table: 'one_time_tokens',
    key: 'tenant_id, token_hash',
    expiredWhen: `least(expires_at, used_at, revoked_at) < now() - interval '30 days'`,
  },
  {
    table: 'login_sessions',
    key: 'tenant_id, id',
    expiredWhen: `least(expires_at, revoked_at) < now() - interval '30 days'`,
  },
];

export const purgeExpired: Schedule = {
  name: 'purge expired',
  everySeconds: 10 * 60,
  run: async ({ database, log }, isStopping) => {
    for (const rule of expiredRowRules) {
      let deleted = 0;
      for (let count = BATCH_SIZE; count === BATCH_SIZE && !isStopping(); deleted += count)
        count = await asPlatform(database, (db) => deleteBatch(db, rule));
      if (deleted > 0) log.info({ table: rule.table, deleted }, 'expired rows deleted');
    }
  },
};

async function deleteBatch(db: PlatformDb, { table, key, expiredWhen }: ExpiredRowRule): Promise<number> {
  const batch = `select ${key} from ${table} where ${expiredWhen} limit ${BATCH_SIZE}`;
  const { rowCount } = await db.knex.raw<{ rowCount: number }>(
    `delete from ${table} where (${key}) in (${batch})`,
  );
  return rowCount;
}
