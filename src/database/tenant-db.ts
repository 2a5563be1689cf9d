import type { Knex } from 'knex';
import { isId } from './new-id.ts';
import type { AfterCommit } from './transaction.ts';

/** Every statement names `tenant_id`, so that a distributed engine uses one node; row level security is the safety net. */
export class TenantDb {
  readonly #knex: Knex | Knex.Transaction;

  readonly #afterCommit: AfterCommit | undefined;

  readonly tenantId: string;

  /** Without `afterCommit` there is no transaction. */
  constructor(knex: Knex | Knex.Transaction, tenantId: string, afterCommit?: AfterCommit) {
    if (!isId(tenantId)) throw new Error('A tenant id must be a uuid');
    this.#knex = knex;
    this.tenantId = tenantId;
    this.#afterCommit = afterCommit;
  }

  /** Calls `callback` once the transaction has committed, never after a rollback. Its errors are logged. */
  afterCommit(callback: () => void | Promise<void>): void {
    if (!this.#afterCommit) throw new Error('There is no transaction to wait for');
    this.#afterCommit(callback);
  }

  /** Accepts an alias: `from('users as u')`. */
  // oxlint-disable-next-line typescript/no-explicit-any -- rows are typed where a query function names its result
  from<Row extends object = any>(table: string): Knex.QueryBuilder<Row, Row[]> {
    const alias = table.split(/\s+as\s+/i).at(-1)!;
    return this.#knex(table).where(`${alias}.tenant_id`, this.tenantId) as unknown as Knex.QueryBuilder<
      Row,
      Row[]
    >;
  }

  insertInto(table: string, rows: object | readonly object[]): Knex.QueryBuilder {
    const withTenant = (row: object) => ({ ...row, tenant_id: this.tenantId });
    return this.#knex(table).insert(Array.isArray(rows) ? rows.map(withTenant) : withTenant(rows));
  }

  /** A whole statement must name `tenant_id` itself. */
  raw(sql: string, bindings: readonly Knex.RawBinding[] = []): Knex.Raw {
    return this.#knex.raw(sql, bindings);
  }
}

const UNIQUE_VIOLATION = '23505';

/** Returns false after a unique violation; the savepoint keeps the transaction usable. */
export async function catchUniqueViolation(db: TenantDb, work: () => Promise<unknown>): Promise<boolean> {
  await db.raw('savepoint before_unique_violation');
  try {
    await work();
    await db.raw('release savepoint before_unique_violation');
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
    await db.raw('rollback to savepoint before_unique_violation');
    return false;
  }
}
