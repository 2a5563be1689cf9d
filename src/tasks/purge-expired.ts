import { asPlatform, type PlatformDb } from '../database/as-platform.ts';
import type { Schedule } from './schedules.ts';

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
export const purgeExpired: Schedule = {
  name: 'sweep',
  everySeconds: 10 * 60,
  run: async ({ database, log }, isStopping) => {
    for (const heap of heaps) {
      let swept = 0;
      for (let last = CHUNK; last === CHUNK && !isStopping(); swept += last)
        last = await asPlatform(database, (db) => sweepSome(db, heap));
      if (swept > 0) log.info({ table: heap.table, swept }, 'swept');
    }
  },
};

async function sweepSome(db: PlatformDb, { table, key, over }: Heap): Promise<number> {
  const some = `select ${key} from ${table} where ${over} limit ${CHUNK}`;
  const { rowCount } = (await db.knex.raw(`delete from ${table} where (${key}) in (${some})`)) as {
    rowCount: number;
  };
  return rowCount;
}
