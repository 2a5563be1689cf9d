import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Knex } from 'knex';
import type { Database } from './pools.ts';
import { isId } from './new-id.ts';
import { TenantDb } from './tenant-db.ts';

/** A knex builder that was not awaited: its statement and the type of its answer. */
export type Read<Result> = PromiseLike<Result> & { toSQL(): Knex.Sql };

type Results<Reads extends readonly unknown[]> = { -readonly [K in keyof Reads]: Awaited<Reads[K]> };

/**
 * One transaction for one tenant, for work with logic between its statements. What `work` throws rolls back; so does
 * a result with `ok: false`, so that a refused form leaves nothing behind.
 */
export async function inTenant<Result>(
  database: Database,
  tenantId: string,
  work: (db: TenantDb) => Promise<Result>,
): Promise<Result> {
  const setTenant = setTenantStatement(tenantId);
  const trx = await database.knex.transaction();
  try {
    await trx.raw(setTenant);
    const result = await work(new TenantDb(trx, tenantId));
    await (isRefused(result) ? trx.rollback() : trx.commit());
    return result;
  } catch (error) {
    if (!trx.isCompleted()) await trx.rollback().catch(() => undefined);
    throw error;
  }
}

/**
 * One round trip for one tenant: begin, set the tenant, every statement, commit, sent without waiting.
 *
 * @returns the answers in the order of the builders; a `.first()` answers its row or undefined
 */
export async function readTenant<const Reads extends readonly Read<unknown>[]>(
  database: Database,
  tenantId: string,
  build: (db: TenantDb) => Reads,
): Promise<Results<Reads>> {
  const reads = build(new TenantDb(database.knex, tenantId)).map((read) => read.toSQL());
  const statements = reads.map((sql) => ({ text: sql.toNative().sql, values: [...sql.toNative().bindings] }));
  const answers = await pipeline(database, tenantId, statements);
  return answers.map((answer, index) => shape(answer, reads[index]!)) as Results<Reads>;
}

export interface Statement {
  text: string;
  values: unknown[];
}

/** The same for plain statements, each of which names its tenant itself. */
export async function pipeline(
  database: Pick<Database, 'app' | 'hasPreparedStatements'>,
  tenantId: string,
  statements: readonly Statement[],
): Promise<pg.QueryResult[]> {
  const setTenant = setTenantStatement(tenantId);
  const client = await database.app.connect();
  const settled = await Promise.allSettled([
    client.query('begin'),
    client.query(setTenant),
    ...statements.map((statement) =>
      client.query(database.hasPreparedStatements ? { ...statement, name: nameOf(statement) } : statement),
    ),
    client.query('commit'),
  ]);
  const failed = settled.find((answer) => answer.status === 'rejected');
  client.release(failed !== undefined && !isFromPostgres(failed.reason));
  if (failed) throw failed.reason;
  const answers = settled.map((answer) => (answer as PromiseFulfilledResult<pg.QueryResult>).value);
  // An error inside turns COMMIT into ROLLBACK without failing it.
  if (answers.at(-1)!.command !== 'COMMIT') throw new Error('The transaction did not commit');
  return answers.slice(2, -1);
}

/** The same for the same text: the server plans it once a connection. */
function nameOf({ text }: Statement): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 32);
}

function setTenantStatement(tenantId: string): string {
  // SET takes no parameters, so the id is checked and inlined.
  if (!isId(tenantId)) throw new Error('A tenant id must be a uuid');
  return `set local app.tenant_id = '${tenantId}'`;
}

function shape(answer: pg.QueryResult, sql: Knex.Sql): unknown {
  if (sql.method === 'first') return answer.rows[0];
  if (sql.method === 'pluck') return answer.rows.map((row: Record<string, unknown>) => Object.values(row)[0]);
  if (sql.method === 'raw') return answer;
  return answer.rows;
}

function isRefused(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'ok' in result && result.ok === false;
}

/** An answer of the server, as against a connection that broke and must not go back to the pool. */
function isFromPostgres(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && error.severity === 'ERROR';
}
