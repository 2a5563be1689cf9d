import type { TenantDb } from './tenant-db.ts';

/**
 * Does `work`, and answers false, with its statements undone and the transaction still good, when a unique index
 * already holds what it wrote. True when it was done.
 */
export async function unlessTaken(db: TenantDb, work: () => Promise<unknown>): Promise<boolean> {
  await db.raw('savepoint unless_taken');
  try {
    await work();
    await db.raw('release savepoint unless_taken');
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
    await db.raw('rollback to savepoint unless_taken');
    return false;
  }
}

const UNIQUE_VIOLATION = '23505';
