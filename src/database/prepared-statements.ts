import { createHash } from 'node:crypto';
import type { Log } from '../log.ts';
import { withClient } from './pools.ts';
import type { Statement } from './statement.ts';

/** Each connection keeps the plans of the statements that it ran in the server's memory until it closes. */
export const MAX_PREPARED_STATEMENTS = 500;

/** The names of the statements of a pool, by their texts. */
export type PreparedNames = Map<string, string>;

/**
 * Marks a read whose text depends on optional filters. It is planned each time, because the plan of a prepared statement
 * serves all values and therefore cannot use partial indexes.
 */
export function withOptionalFilters<Read extends { options(options: object): Read }>(read: Read): Read {
  return read.options({ hasOptionalFilters: true } satisfies Partial<Statement>);
}

/** Also marks that filters join another table, so that the rows of a page are read one after the other until it is full. */
export function withJoinedFilters<Read extends { options(options: object): Read }>(read: Read): Read {
  return read.options({ hasOptionalFilters: true, hasJoinedFilters: true } satisfies Partial<Statement>);
}

/** Marks a read of all rows of a period, whose number decides whether an index helps. */
export function plannedEachTime<Read extends { options(options: object): Read }>(read: Read): Read {
  return read.options({ isPlannedEachTime: true } satisfies Partial<Statement>);
}

/** A list of values has another text for each number of values. */
const VALUE_LIST = /\bin \(\$\d|\), \((?:\$\d|default\b)/i;

export function isPreparable({ text, values, hasOptionalFilters, isPlannedEachTime }: Statement): boolean {
  return values.length > 0 && !hasOptionalFilters && !isPlannedEachTime && !VALUE_LIST.test(text);
}

/** Returns undefined when the limit is reached. */
export function preparedName(text: string, log: Log, names: PreparedNames): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MAX_PREPARED_STATEMENTS) return known;
  // A number would name different statements in two processes, which an old pooler would confuse without an error.
  const name = createHash('sha256').update(text).digest('base64url').slice(0, 32);
  names.set(text, name);
  if (names.size === MAX_PREPARED_STATEMENTS) log.warn('no further statement of this pool is prepared');
  return name;
}

/** The codes of errors that a connection would repeat: `cached plan must not change result type`, and a missing statement. */
const BROKEN_STATEMENT_CODES = new Set(['0A000', '26000']);

export function isBrokenStatement(error: unknown): boolean {
  return error instanceof Error && 'code' in error && BROKEN_STATEMENT_CODES.has(error.code as string);
}

/**
 * Runs a prepared statement of one connection again while another connection has an open transaction. A pooler that does
 * not track prepared statements then uses a server connection without the statement, or with the other connection's.
 *
 * @throws if prepared statements do not work
 */
export async function tryPreparedStatements(url: string): Promise<void> {
  const statement = { name: 'try_prepared_statements', text: 'select $1::int as value', values: [1] };
  await withClient(url, (first) =>
    withClient(url, async (second) => {
      await first.query(statement);
      await second.query('begin');
      await second.query(statement);
      await first.query(statement);
      await second.query('rollback');
    }),
  );
}
