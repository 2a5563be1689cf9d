import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { isUnreachable } from './lost-connections.ts';
import { migrateUp, MigrationsLocked, pendingMigrations } from './migrate.ts';
import type { Database } from './pools.ts';

const INTERVAL_MS = 1_000;
const LOCK_TIMEOUT_MS = 100;

export interface CurrentSchemaOptions {
  /** Set in the process that migrates; the others wait for it. */
  ownerUrl?: string | undefined;
  /** Is called once, if it has to wait, and when a migration fails. */
  warn?: (message: string) => void;
}

/** Resolves when no migration is pending. @throws the error of a migration that this process runs */
export async function reachCurrentSchema(database: Database, options: CurrentSchemaOptions): Promise<void> {
  const { ownerUrl, warn } = options;
  for (let isFirst = true; ; isFirst = false) {
    // Checked first, so that an older version also starts on the schema of a newer one.
    const problem = await schemaProblem(database);
    if (problem === null) return;
    if (ownerUrl && (await migrateUnlessLocked(ownerUrl, warn))) return;
    const remedy = ownerUrl ? 'Another process is migrating.' : 'Run: npm run portal -- migrate up';
    if (isFirst) warn?.(`Waiting for the current schema (${problem}). ${remedy}`);
    await pause(INTERVAL_MS);
  }
}

/** Returns why this version cannot use the database, or null. */
export async function schemaProblem(database: Pick<Database, 'app'>): Promise<string | null> {
  try {
    const pending = await pendingMigrations(database.app);
    return pending.length > 0 ? `migrations to run: ${pending.length}` : null;
  } catch (error) {
    return error instanceof pg.DatabaseError ? error.message : 'the database does not respond';
  }
}

async function migrateUnlessLocked(ownerUrl: string, warn: CurrentSchemaOptions['warn']): Promise<boolean> {
  try {
    await migrateUp(ownerUrl, { lockTimeoutMs: LOCK_TIMEOUT_MS, warn });
    return true;
  } catch (error) {
    if (error instanceof MigrationsLocked || isUnreachable(error)) return false;
    throw error;
  }
}
