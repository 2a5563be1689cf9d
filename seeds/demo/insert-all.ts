import { batchesOf } from '../../src/database/batches.ts';
import type { TableName } from '../../src/database/tables.ts';
import type { NewRow, TenantDb } from '../../src/database/tenant-db.ts';

export async function insertAll<Table extends TableName>(
  db: TenantDb,
  table: Table,
  rows: readonly NewRow<Table>[],
): Promise<void> {
  for (const batch of batchesOf(rows)) await db.insertInto(table, batch);
}
