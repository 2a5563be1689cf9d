import type { Log } from '../log.ts';
import { asPlatform, type PlatformDb, type PlatformOptions } from './as-platform.ts';
import { pick, selectRows } from './columns.ts';
import type { Database } from './pools.ts';

export interface ScanDeps {
  database: Database;
  log: Log;
}

/** Returns a row for each tenant that has something to do, or for the given tenant if it has. */
type Find = (db: PlatformDb, tenantId: string | undefined) => PromiseLike<{ tenant_id: string }[]>;

/** Returns early, with the tenants found so far, when `isStopping` returns true. */
export type Scan = (deps: ScanDeps, isStopping?: () => boolean) => Promise<string[]>;

const RETRY_MS = 60_000;
const STATEMENT_TIMEOUT = '1s';
const MAX_FAILING_MS = 5_000;
const MAX_LOGGED_IDS = 5;

/**
 * Finds tenants with one statement. While that fails on a distributed database, because a node is down, the scan asks
 * for each tenant apart and leaves out those for which it fails for a minute.
 */
export function tenantScan(name: string, find: Find, options: Pick<PlatformOptions, 'isLong'> = {}): Scan {
  const failedAt = new Map<string, number>();
  let isLogged = false;
  return async ({ database, log }, isStopping = () => false) => {
    let error: unknown;
    if (!hasFailedSince(failedAt, Date.now() - RETRY_MS)) {
      try {
        const found = await asPlatform(database, async (db) => find(db, undefined), options);
        failedAt.clear();
        isLogged = false;
        return found.map(({ tenant_id }) => tenant_id);
      } catch (thrown) {
        if (database.engine !== 'citus') throw thrown;
        error = thrown;
      }
    }
    const result = await askEach(database, find, { failedAt, isStopping });
    if (result.failures === 0) return result.found;
    error ??= result.error;
    if (result.successes === 0) throw error;
    if (!isLogged) logFailed(log, name, error, failedAt);
    isLogged = true;
    return result.found;
  };
}

function hasFailedSince(failedAt: ReadonlyMap<string, number>, time: number): boolean {
  return [...failedAt.values()].some((at) => at > time);
}

function logFailed(log: Log, scan: string, err: unknown, failedAt: ReadonlyMap<string, number>): void {
  const tenants = [...failedAt.keys()].slice(0, MAX_LOGGED_IDS);
  log.warn({ err, scan, count: failedAt.size, tenants }, 'tenants could not be read; the others are served');
}

interface AskOptions {
  /** Is changed. */
  failedAt: Map<string, number>;
  isStopping: () => boolean;
}

/** Ends when MAX_FAILING_MS were spent on failures. Tenants that failed before are last, so that every other one is asked. */
async function askEach(database: Database, find: Find, { failedAt, isStopping }: AskOptions) {
  const waiting = await listTenantsToAsk(database, failedAt);
  const result = { found: [] as string[], successes: 0, failures: 0, error: undefined as unknown };
  let failingMs = 0;
  const askNext = async () => {
    while (!isStopping() && failingMs < MAX_FAILING_MS) {
      const id = waiting.shift();
      if (id === undefined) return;
      const began = Date.now();
      try {
        if ((await askOne(database, find, id)).length > 0) result.found.push(id);
        result.successes += 1;
        failedAt.delete(id);
      } catch (error) {
        result.failures += 1;
        result.error = error;
        failedAt.set(id, Date.now());
        failingMs += Date.now() - began;
      }
    }
  };
  // Half of the pool: other scans and the console use it at the same time.
  const parallel = Math.ceil(database.platform.options.max / 2);
  await Promise.all(Array.from({ length: parallel }, askNext));
  return result;
}

async function listTenantsToAsk(
  database: Database,
  failedAt: ReadonlyMap<string, number>,
): Promise<string[]> {
  const tenants = await asPlatform(database, async (db) =>
    selectRows(db.from('tenants'), pick('tenants', 'id')),
  );
  const failed = (id: string) => failedAt.get(id) ?? 0;
  return tenants
    .map(({ id }) => id)
    .filter((id) => failed(id) <= Date.now() - RETRY_MS)
    .sort((one, other) => failed(one) - failed(other));
}

function askOne(database: Database, find: Find, tenantId: string) {
  return asPlatform(database, async (db) => {
    await db.raw(`set local statement_timeout = '${STATEMENT_TIMEOUT}'`);
    return find(db, tenantId);
  });
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
      log.warn({ err: error, tenant: tenantId }, 'a schedule failed for a tenant; it is tried again');
    }
  }
}
