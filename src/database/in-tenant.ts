import type pg from 'pg';
import type { Knex } from 'knex';
import { openingMessages } from './citus.ts';
import type { Compiled } from './compiled-statements.ts';
import type { Database } from './pools.ts';
import { isId } from './new-id.ts';
import { isBrokenStatement } from './prepared-statements.ts';
import type { Viewer } from './scope.ts';
import { nativeStatement, type Statement } from './statement.ts';
import { TenantDb } from './tenant-db.ts';
import { runInTransaction } from './transaction.ts';

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

/** Of one tenant: a request, or the worker. */
export interface TenantAccess {
  inTenant<Result>(work: (db: TenantDb) => Result | Promise<Result>): Promise<Result>;
  readTenant<const Reads extends readonly AnyRead[]>(
    build: (db: TenantDb) => Reads,
  ): Promise<ReadResults<Reads>>;
}

export function accessTenant(database: Database, tenantId: string, viewer?: Viewer): TenantAccess {
  return {
    inTenant: (work) => inTenant(database, tenantId, work, viewer),
    readTenant: (build) => readTenant(database, tenantId, build, viewer),
  };
}

export function inTenant<Result>(
  database: Database,
  tenantId: string,
  work: (db: TenantDb) => Result | Promise<Result>,
  viewer?: Viewer,
  beforeRetry?: () => void,
): Promise<Result> {
  return runInTransaction({ ...tenantOptions(database, tenantId), beforeRetry }, (transaction) =>
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

/** Each statement must name its tenant itself. All are sent in one round trip and stored together or not at all. */
export async function runStatements(
  database: Database,
  tenantId: string,
  statements: readonly Statement[],
): Promise<pg.QueryResult[]> {
  try {
    return await commitStatements(database, tenantId, statements);
  } catch (error) {
    if (!isBrokenStatement(error)) throw error;
    // Nothing was stored. The other connections of the pool may have prepared the same broken statement.
    return commitStatements({ ...database, preparedNames: undefined }, tenantId, statements);
  }
}

async function commitStatements(
  database: Database,
  tenantId: string,
  statements: readonly Statement[],
): Promise<pg.QueryResult[]> {
  let results: pg.QueryResult[] = [];
  await runInTransaction(tenantOptions(database, tenantId, settingsOf(statements)), (transaction) => {
    results = [];
    for (const statement of statements)
      transaction.defer(statement, { onResult: (result) => void results.push(result) });
  });
  return results;
}

function tenantOptions(
  { app: pool, engine, preparedNames, log }: Database,
  tenantId: string,
  settings: readonly string[] = [],
) {
  const opening = openingMessages(engine, [setTenantStatement(tenantId), ...settings]);
  return { pool, log, opening, preparedNames };
}

/** Which the transaction of the statements needs. */
export function settingsOf(statements: readonly Statement[]): string[] {
  return [
    ...(statements.some(({ hasOptionalFilters }) => hasOptionalFilters) ? NO_TABLE_SCANS : []),
    ...(statements.some(({ hasJoinedFilters }) => hasJoinedFilters) ? NESTED_LOOPS_ONLY : []),
  ];
}

/**
 * A count stops at its limit, so the planner expects to find the rows at the beginning of the table. Rare rows are often
 * at its end. Every table of tenants has an index that begins with the tenant. With the costs of a hard disk, the planner
 * would first collect the places of all rows of the tenant from an index for searches.
 */
const NO_TABLE_SCANS = ['set local enable_seqscan = off', 'set local random_page_cost = 1.1'];

/** Other joins read all rows with a value before they return the first. */
export const NESTED_LOOPS_ONLY = [
  ...['mergejoin', 'hashjoin', 'bitmapscan'].map((name) => `set local enable_${name} = off`),
  'set local max_parallel_workers_per_gather = 0',
];

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
