import type { Log } from '../log.ts';
import { asPlatform, type PlatformDb } from './as-platform.ts';
import { pick, selectRows } from './columns.ts';
import type { Database } from './pools.ts';

export interface ScanDeps {
  database: Database;
  log: Log;
}

/** Returns a row for each tenant that has something to do, or for the given tenant if it has. */
type Find = (db: PlatformDb, tenantId: string | undefined) => PromiseLike<{ tenant_id: string }[]>;

/**
 * Finds tenants with one statement. While that fails, because a node of a distributed database is down, the function asks
 * for one tenant after the other, leaves out those for which it fails, and logs it once.
 */
export function tenantScan(name: string, find: Find): (deps: ScanDeps) => Promise<string[]> {
  let isIncomplete = false;
  return async ({ database, log }) => {
    try {
      const found = await asPlatform(database, async (db) => find(db, undefined));
      isIncomplete = false;
      return found.map(({ tenant_id }) => tenant_id);
    } catch (error) {
      const { found, succeeded, failed } = await askEach(database, find);
      if (succeeded === 0) throw error;
      if (failed.length > 0 && !isIncomplete)
        log.warn(
          { err: error, scan: name, tenants: failed },
          'tenants could not be read; the others are served',
        );
      isIncomplete = failed.length > 0;
      return found;
    }
  };
}

async function askEach(database: Database, find: Find) {
  const tenants = await asPlatform(database, async (db) =>
    selectRows(db.from('tenants'), pick('tenants', 'id')),
  );
  const found: string[] = [];
  const failed: string[] = [];
  for (const { id } of tenants) {
    try {
      const rows = await asPlatform(database, async (db) => find(db, id));
      if (rows.length > 0) found.push(id);
    } catch {
      failed.push(id);
    }
  }
  return { found, failed, succeeded: tenants.length - failed.length };
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
