import type { Job } from './run-jobs.ts';

const CHUNK = 5_000;

interface Heap {
  table: string;
  key: string;
  /** What nobody will ask for again. */
  over: string;
}

const heaps: readonly Heap[] = [
  { table: 'sessions', key: 'sid', over: 'expire < now()' },
  { table: 'platform_sessions', key: 'sid', over: 'expire < now()' },
  { table: 'throttle_counters', key: 'key', over: 'expires_at < now()' },
  // Kept for a month, so that what became of a link can still be told.
  {
    table: 'one_time_tokens',
    key: 'tenant_id, token_hash',
    over: `least(expires_at, used_at, revoked_at) < now() - interval '30 days'`,
  },
  {
    table: 'login_sessions',
    key: 'tenant_id, id',
    over: `least(expires_at, revoked_at) < now() - interval '30 days'`,
  },
];

/** Deletes what is over, a few thousand rows at a time, so that no transaction lasts. */
export const sweep: Job = {
  name: 'sweep',
  everySeconds: 10 * 60,
  run: async ({ database, log }, isStopping) => {
    for (const { table, key, over } of heaps) {
      let swept = 0;
      for (let last = CHUNK; last === CHUNK && !isStopping(); swept += last) {
        const { rowCount } = await database.platform.query(
          `delete from ${table} where (${key}) in (select ${key} from ${table} where ${over} limit ${CHUNK})`,
        );
        last = rowCount ?? 0;
      }
      if (swept > 0) log.info({ table, swept }, 'swept');
    }
  },
};
