import type { Knex } from 'knex';
import type { Row, TableName } from './tables.ts';

declare const value: unique symbol;

/** The name of a column with the type of its value. */
export type Column<Value> = string & { readonly [value]: Value };

/** What a read selects, by the names in its rows. An expression is `raw<Value>()`. */
export type Columns = Readonly<Record<string, Column<unknown> | Knex.Raw<unknown>>>;

export type RowOf<Selected extends Columns> = {
  -readonly [Name in keyof Selected]: Selected[Name] extends Column<infer Value>
    ? Value
    : Selected[Name] extends Knex.Raw<infer Value>
      ? Value
      : never;
};

export type Rows<Item extends object> = Knex.QueryBuilder<Item, Item[]>;
export type OptionalRow<Item extends object> = Knex.QueryBuilder<Item, Item | undefined>;

/** The table of a statement, with its alias if the statement gives it one. */
export type TableRef<Table extends TableName = TableName> = Table | `${Table} as ${string}`;

/** `pick('users as u', 'id', 'name')` */
export function pick<Table extends TableName, Name extends keyof Row<Table> & string>(
  table: TableRef<Table>,
  ...names: readonly Name[]
): { readonly [Key in Name]: Column<Row<Table>[Key]> } {
  const entries = names.map((name) => [name, column(table, name)]);
  return Object.fromEntries(entries) as { [Key in Name]: Column<Row<Table>[Key]> };
}

/** For a column with another name in the row: `{ user_name: column('users as u', 'name') }`. */
export function column<Table extends TableName, Name extends keyof Row<Table> & string>(
  table: TableRef<Table>,
  name: Name,
): Column<Row<Table>[Name]> {
  return `${aliasOf(table)}.${name}` as Column<Row<Table>[Name]>;
}

/** A column of a table that is joined with a left join. */
export function nullable<Value>(joined: Column<Value>): Column<Value | null> {
  return joined;
}

export function aliasOf(table: string): string {
  return table.split(/\s+as\s+/i).at(-1)!;
}

export function selectRows<Selected extends Columns>(
  query: Knex.QueryBuilder,
  columns: Selected,
): Rows<RowOf<Selected>> {
  return query.select(selectionOf(columns));
}

export function selectRow<Selected extends Columns>(
  query: Knex.QueryBuilder,
  columns: Selected,
): OptionalRow<RowOf<Selected>> {
  void query.select(selectionOf(columns));
  return query.first();
}

/** A column that keeps its name needs no alias. */
function selectionOf(columns: Columns) {
  return Object.entries(columns).map(([name, column]) =>
    typeof column === 'string' && column.endsWith(`.${name}`) ? column : { [name]: column },
  );
}
