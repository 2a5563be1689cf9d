import type { Log } from '../log.ts';
import { asPlatform, type PlatformDb } from './as-platform.ts';
import type { Database } from './pools.ts';

export interface ScanDeps {
  database: Database;
  log: Log;
}

/** Reads rows of all tenants, or of the given one. */
type Read<Row> = (db: PlatformDb, tenantId: string | undefined) => PromiseLike<Row[]>;

/**
 * Reads all tenants at once. While that fails, because a node of a distributed database is down, the function reads one
 * tenant after the other without those that fail, and logs it once.
 */
export function tenantScan<Row>(name: string, read: Read<Row>): (deps: ScanDeps) => Promise<Row[]> {
  let isIncomplete = false;
  return async ({ database, log }) => {
    try {
      const rows = await asPlatform<Row[]>(database, async (db) => read(db, undefined));
      isIncomplete = false;
      return rows;
    } catch (error) {
      const { rows, succeeded, failed } = await readEach(database, read);
      if (succeeded === 0) throw error;
      if (failed.length > 0 && !isIncomplete)
        log.warn(
          { err: error, scan: name, tenants: failed },
          'tenants could not be read; the others are served',
        );
      isIncomplete = failed.length > 0;
      return rows;
    }
  };
}

async function readEach<Row>(database: Database, read: Read<Row>) {
  const ids = await asPlatform(database, async (db) => (await db.from('tenants').pluck('id')) as string[]);
  const rows: Row[] = [];
  const failed: string[] = [];
  for (const id of ids) {
    try {
      rows.push(...(await asPlatform<Row[]>(database, async (db) => read(db, id))));
    } catch {
      failed.push(id);
    }
  }
  return { rows, failed, succeeded: ids.length - failed.length };
}

/** Continues with the next tenant when the work for one fails. */
export async function forEachTenant(
  log: Log,
  tenantIds: readonly string[],
  work: (tenantId: string) => Promise<void>,
): Promise<void> {
  for (const tenantId of tenantIds) {
    try {
      await work(tenantId);
    } catch (error) {
      log.warn({ err: error, tenant: tenantId }, 'a task failed for a tenant; it is tried again');
    }
  }
}
