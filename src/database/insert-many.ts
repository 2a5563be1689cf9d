import type { NewRow, TenantDb } from './tenant-db.ts';
import { tables, type TableName } from './tables.ts';
import type { Knex } from 'knex';

/**
 * One statement with one parameter for any number of rows, which must all have the columns of the first one. The other
 * columns get their defaults.
 */
export function insertMany<Table extends TableName>(
  db: TenantDb,
  table: Table,
  rows: readonly NewRow<Table>[],
): Knex.Raw {
  const names = Object.keys(rows[0] ?? {});
  const types: Readonly<Record<string, string | readonly string[]>> = tables[table];
  const columns = names.map((name) => `${name} ${sqlType(types[name])}`);
  const json = JSON.stringify(rows, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return db.raw(
    `insert into ${table} (tenant_id, ${names.join(', ')})
     select ?::uuid, ${names.map((name) => `r.${name}`).join(', ')}
     from jsonb_to_recordset(?::jsonb) r (${columns.join(', ')})
     returning 1`,
    [db.tenantId, json],
  );
}

function sqlType(declared: string | readonly string[] | undefined): string {
  if (typeof declared !== 'string') return 'text';
  return declared.replace('?', '');
}
