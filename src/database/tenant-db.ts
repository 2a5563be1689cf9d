import type { Knex } from 'knex';
import { timeOf } from './clock.ts';
import { aliasOf, type Rows, type TableRef } from './columns.ts';
import { isId } from './new-id.ts';
import { UNRESTRICTED, visibilityCondition, type Viewer } from './scope.ts';
import type { Row, TableName } from './tables.ts';
import { insertStatement, toStatement, type Deferrable, type Statement } from './statement.ts';
import { isWrongData, type DatabaseError, type Transaction } from './transaction.ts';

export type NewRow<Table extends TableName> = {
  readonly [Name in keyof Row<Table>]?: Row<Table>[Name] | Knex.Raw<Row<Table>[Name]>;
};

/** Without an expression. */
export type NewValues<Table extends TableName> = { readonly [Name in keyof Row<Table>]?: Row<Table>[Name] };

interface TenantDbOptions {
  transaction?: Transaction;
  viewer?: Viewer | undefined;
}

/** Every statement names `tenant_id`, so that a distributed engine uses one node; row level security is the safety net. */
export class TenantDb {
  readonly #knex: Knex;

  readonly #transaction: Transaction | undefined;

  readonly tenantId: string;

  readonly viewer: Viewer;

  constructor(knex: Knex, tenantId: string, options: TenantDbOptions = {}) {
    if (!isId(tenantId)) throw new Error('A tenant id must be a uuid');
    this.#knex = knex;
    this.tenantId = tenantId;
    this.#transaction = options.transaction;
    this.viewer = options.viewer ?? UNRESTRICTED;
  }

  /** SQL, see `timeOf`. */
  get now(): string {
    return timeOf(this.#knex);
  }

  /** Calls `callback` once the transaction has committed, never after a rollback. Its errors are logged. */
  afterCommit(callback: () => void | Promise<void>): void {
    this.#openTransaction.afterCommit.push(callback);
  }

  /**
   * Runs a statement whose result is not needed. It is sent with the next awaited statement or with COMMIT, and its
   * error, or the one that `toError` returns for it, makes the transaction fail.
   */
  defer(statement: Deferrable, toError?: (error: DatabaseError) => Error): void {
    this.#openTransaction.defer(toStatement(statement), { toError });
  }

  /** Sends the deferred statements now, so that the server executes them while the next ones are made. */
  send(): void {
    this.#openTransaction.send();
  }

  /** Sends the deferred statements and waits for their results, if there are any. @throws the error of a statement */
  flush(): Promise<void> {
    return this.#openTransaction.flush();
  }

  /** Accepts an alias: `from('users as u')`. The builder then knows no columns; `selectRows` checks those it reads. */
  from<Table extends TableName>(table: Table): Rows<Row<Table>>;
  from(table: TableRef): Knex.QueryBuilder;
  from(table: TableRef): Knex.QueryBuilder {
    return this.#inTransaction(this.#knex(table)).where(`${aliasOf(table)}.tenant_id`, this.tenantId);
  }

  /** The tenant's own row, which has no `tenant_id`. */
  tenant(): Rows<Row<'tenants'>> {
    return this.#inTransaction(this.#knex('tenants')).where('tenants.id', this.tenantId);
  }

  /** The rows that the viewer may see. Pages of staff read with it; uniqueness checks and logins need every row. */
  visible<Table extends TableName>(table: Table): Rows<Row<Table>>;
  visible(table: TableRef): Knex.QueryBuilder;
  visible(table: TableRef): Knex.QueryBuilder {
    const rows = this.from(table);
    const condition = visibilityCondition(table, this.viewer, this.tenantId);
    return condition ? rows.whereRaw(condition.sql, condition.bindings) : rows;
  }

  /** Joins only the rows that the viewer may see. */
  onVisible(join: Knex.JoinClause, table: TableRef): void {
    const condition = visibilityCondition(table, this.viewer, this.tenantId);
    if (condition) join.on(this.#knex.raw(condition.sql, condition.bindings));
  }

  insertInto<Table extends TableName>(
    table: Table,
    values: NewRow<Table> | readonly NewRow<Table>[],
  ): Knex.QueryBuilder<Row<Table>, number[]> {
    const withTenant = (row: object) => ({ ...row, tenant_id: this.tenantId });
    const rows: Knex.QueryBuilder = this.#inTransaction(this.#knex(table as string));
    return rows.insert(Array.isArray(values) ? values.map(withTenant) : withTenant(values));
  }

  /** For `defer`. */
  insertStatement<Table extends TableName>(table: Table, rows: readonly NewValues<Table>[]): Statement {
    return insertStatement(
      table,
      rows.map((row) => ({ ...row, tenant_id: this.tenantId })),
    );
  }

  /** A whole statement must name `tenant_id` itself. */
  raw<Value>(sql: string, bindings: readonly Knex.RawBinding[] = []): Knex.Raw<Value> {
    return this.#inTransaction(this.#knex.raw<Value>(sql, bindings));
  }

  /**
   * Returns the error after wrong data or a bug, of which no statement is stored; the transaction can then go on. Throws
   * every other error, like a deadlock.
   */
  catchWrongData(work: () => Promise<unknown>): Promise<Error | undefined> {
    return this.#openTransaction.catchError(work, isWrongData);
  }

  /** Returns false after a unique violation; the transaction can then go on. */
  catchUniqueViolation(work: () => Promise<unknown>): Promise<boolean> {
    return this.#openTransaction.catchUniqueViolation(work);
  }

  get #openTransaction(): Transaction {
    if (!this.#transaction) throw new Error('There is no transaction');
    return this.#transaction;
  }

  #inTransaction<Builder extends Knex.QueryBuilder | Knex.Raw>(builder: Builder): Builder {
    if (this.#transaction) void builder.connection(this.#transaction);
    return builder;
  }
}
