import type { TenantDb } from './tenant-db.ts';

/**
 * Updates the statistics of tables whose rows have about doubled, for tasks that write many rows. Sent with the next
 * awaited statement.
 */
export function analyzeChangedTables(db: TenantDb): void {
  db.defer(db.raw('select app.analyze_changed_tables()'));
}
