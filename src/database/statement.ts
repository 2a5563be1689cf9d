import type { Knex } from 'knex';
import type { Compiled } from './compiled-statements.ts';

/** With the parameters `$1`, `$2` … in its text. */
export interface Statement {
  text: string;
  values: unknown[];
  /** See `withOptionalFilters`. */
  hasOptionalFilters?: boolean;
  /** See `withJoinedFilters`. */
  hasJoinedFilters?: boolean;
  /** See `plannedEachTime`. */
  isPlannedEachTime?: boolean;
}

/** A statement that is not a builder must name `tenant_id` itself. */
export type Deferrable = Knex.QueryBuilder | Knex.Raw | Statement;

export function toStatement(statement: Deferrable): Statement {
  return 'text' in statement ? statement : nativeStatement(statement.toSQL());
}

export function nativeStatement(compiled: Compiled): Statement {
  const { sql: text, bindings } = compiled.toNative();
  return { text, values: bindings as unknown[], ...(compiled.options as Partial<Statement>) };
}

/** Without knex, which takes about 0.1 ms to build the text of an insert. The rows have the same columns. */
export function insertStatement(
  table: string,
  rows: readonly Readonly<Record<string, unknown>>[],
): Statement {
  const columns = Object.keys(rows[0] ?? {});
  const values: unknown[] = [];
  const parameters = rows.map((row) => columns.map((column) => `$${values.push(row[column])}`).join(', '));
  const text = `insert into "${table}" ("${columns.join('", "')}") values (${parameters.join('), (')})`;
  return { text, values };
}

interface RawBuilder {
  raw<Value>(sql: string, bindings: readonly Knex.RawBinding[]): Knex.Raw<Value>;
}

/** The statement as one of a transaction or of `readTenant`. */
export function rawStatement<Value>(db: RawBuilder, { text, values }: Statement): Knex.Raw<Value> {
  const bindings: unknown[] = [];
  const sql = text.replace(/\$(\d+)|\?/g, (_, n?: string) => {
    // knex removes the backslash.
    if (n === undefined) return '\\?';
    bindings.push(values[Number(n) - 1]);
    return '?';
  });
  return db.raw<Value>(sql, bindings as Knex.RawBinding[]);
}
