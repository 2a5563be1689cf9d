import type { TableName } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

/** Sent with the next awaited statement, in the given order: of each table, the rows whose column has one of the ids. */
export function deleteRowsOf(
  db: TenantDb,
  ids: readonly string[],
  columns: readonly (readonly [table: TableName, column: string])[],
): void {
  for (const [table, column] of columns)
    db.defer({
      text: `delete from ${table} where tenant_id = $1 and ${column} = any($2::uuid[])`,
      values: [db.tenantId, ids],
    });
}
