import type pg from 'pg';
import type { Knex } from 'knex';
import type { Engine } from './citus.ts';
import type { Compiled } from './compiled-statements.ts';
import type { Database } from './pools.ts';
import { isId } from './new-id.ts';
import { preparedName } from './prepared-statements.ts';
import type { Viewer } from './scope.ts';
import { nativeStatement, TenantDb } from './tenant-db.ts';
import { isReusableAfter, runInTransaction } from './transaction.ts';

export type Read<Result> = PromiseLike<Result> & { toSQL(): Knex.Sql };

export interface ConvertedRead<Converted> {
  toSQL: () => Compiled;
  convert: (result: unknown) => Converted;
}

export type AnyRead = Read<unknown> | ConvertedRead<unknown>;

export type ReadResults<Reads extends readonly AnyRead[]> = {
  -readonly [K in keyof Reads]: Reads[K] extends ConvertedRead<infer Converted>
    ? Converted
    : Awaited<Reads[K]>;
};

export function inTenant<Result>(
  database: Database,
  tenantId: string,
  work: (db: TenantDb) => Result | Promise<Result>,
  viewer?: Viewer,
): Promise<Result> {
  const { app: pool, engine, hasPreparedStatements, log } = database;
  const opening = openingMessages(engine, tenantId);
  return runInTransaction({ pool, log, opening, hasPreparedStatements }, (transaction) =>
    work(new TenantDb(database.knex, tenantId, { transaction, viewer })),
  );
}

/** Sends all statements in one round trip and returns the results in the order of the builders. */
export async function readTenant<const Reads extends readonly AnyRead[]>(
  database: Database,
  tenantId: string,
  build: (db: TenantDb) => Reads,
  viewer?: Viewer,
): Promise<ReadResults<Reads>> {
  const reads = build(new TenantDb(database.knex, tenantId, { viewer }));
  const statements = reads.map((read) => read.toSQL());
  const results = await runStatements(database, tenantId, statements.map(nativeStatement));
  return results.map((result, n) => {
    const read = reads[n]!;
    const shaped = shape(result, statements[n]!);
    return 'convert' in read ? read.convert(shaped) : shaped;
  }) as ReadResults<Reads>;
}

export function convertRead<Result, Converted>(
  read: Read<Result>,
  convert: (result: Result) => Converted,
): ConvertedRead<Converted> {
  return { toSQL: () => read.toSQL(), convert: (result) => convert(result as Result) };
}

export interface Statement {
  text: string;
  values: unknown[];
  /** See `withOptionalFilters`. */
  hasOptionalFilters?: boolean;
}

/** The statement as one of a transaction or of `readTenant`. */
export function rawStatement<Value>(db: TenantDb, { text, values }: Statement): Knex.Raw<Value> {
  const bindings: unknown[] = [];
  const sql = text.replace(/\$(\d+)/g, (_, n) => {
    bindings.push(values[Number(n) - 1]);
    return '?';
  });
  return db.raw<Value>(sql, bindings as Knex.RawBinding[]);
}

/** Each statement must name its tenant itself. */
export async function runStatements(
  database: Pick<Database, 'app' | 'engine' | 'hasPreparedStatements'>,
  tenantId: string,
  statements: readonly Statement[],
): Promise<pg.QueryResult[]> {
  const opening = openingMessages(database.engine, tenantId);
  const queries = statements.map(({ text, values, hasOptionalFilters = false }) => ({
    text,
    values,
    name: database.hasPreparedStatements && !hasOptionalFilters ? preparedName(text) : undefined,
  }));
  const client = await database.app.connect();
  const settled = await Promise.allSettled(sendTogether(client, [...opening, ...queries, 'commit']));
  const failed = settled.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
  client.release(failed !== undefined && !isReusableAfter(failed.reason));
  if (failed) throw failed.reason;
  const results = settled.map((result) => (result as PromiseFulfilledResult<pg.QueryResult>).value);
  // COMMIT of a failed transaction rolls back without an error.
  if (results.at(-1)!.command !== 'COMMIT') throw new Error('The transaction did not commit');
  return results.slice(opening.length, -1);
}

/** In one write to the socket. */
function sendTogether(
  client: pg.PoolClient,
  queries: readonly (string | pg.QueryConfig)[],
): Promise<pg.QueryResult>[] {
  const { stream } = client.connection;
  stream.cork();
  try {
    return queries.map((query) => client.query(query));
  } finally {
    stream.uncork();
  }
}

/** Citus sends the whole message of a `set local` to its workers, where a transaction has begun already. */
function openingMessages(engine: Engine, tenantId: string): string[] {
  const setTenant = setTenantStatement(tenantId);
  return engine === 'citus' ? ['begin', setTenant] : [`begin; ${setTenant}`];
}

function setTenantStatement(tenantId: string): string {
  // SET takes no parameters, so the id is checked and inlined.
  if (!isId(tenantId)) throw new Error('A tenant id must be a uuid');
  return `set local app.tenant_id = '${tenantId}'`;
}

function shape(result: pg.QueryResult, sql: Compiled): unknown {
  if (sql.method === 'first') return result.rows[0];
  if (sql.method === 'pluck') return result.rows.map((row: Record<string, unknown>) => Object.values(row)[0]);
  if (sql.method === 'raw') return result;
  return result.rows;
}
