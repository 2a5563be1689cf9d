import type { Statement } from './statement.ts';
import { tables, type TableName } from './tables.ts';
import type { NewValues, TenantDb } from './tenant-db.ts';

interface InsertOptions<Table extends TableName> {
  /** The columns whose value is the same in all rows. */
  common?: NewValues<Table>;
  /** What follows `on conflict`; by default a conflict is an error. */
  onConflict?: string;
  returning?: readonly (keyof NewValues<Table> & string)[];
}

/**
 * One statement with an array for each column, for any number of rows, which must all have the columns of the first one
 * and no column of an array type. The other columns get their defaults. Citus requires RETURNING after INSERT … SELECT.
 */
export function insertMany<Table extends TableName>(
  db: TenantDb,
  table: Table,
  rows: readonly NewValues<Table>[],
  { common = {}, onConflict, returning = [] }: InsertOptions<Table> = {},
): Statement {
  const types: Readonly<Record<string, string | readonly string[]>> = tables[table];
  const names = Object.keys(rows[0] ?? {}) as (keyof NewValues<Table> & string)[];
  const values: unknown[] = [db.tenantId];
  const constants = Object.entries(common).map(
    ([name, value]) => `$${values.push(value)}::${sqlType(types[name])}`,
  );
  const arrays = names.map(
    (name) => `$${values.push(rows.map((row) => row[name]))}::${sqlType(types[name])}[]`,
  );
  const text = `insert into ${table} (${['tenant_id', ...Object.keys(common), ...names].join(', ')})
     select ${['$1::uuid', ...constants, 'r.*'].join(', ')}
     from unnest(${arrays.join(', ')}) r
     ${onConflict === undefined ? '' : `on conflict ${onConflict}`}
     returning ${returning.join(', ') || '1'}`;
  return { text, values };
}

function sqlType(declared: string | readonly string[] | undefined): string {
  if (typeof declared !== 'string') return 'text';
  return declared.replace('?', '');
}
