import type { Knex } from 'knex';
import { timeOf } from './clock.ts';
import type { Rows, TableRef } from './columns.ts';
import { openingMessages } from './citus.ts';
import { MAX_LONG_SILENCE_MS } from './lost-connections.ts';
import type { Database } from './pools.ts';
import type { Row, TableName } from './tables.ts';
import { toStatement, type Deferrable } from './statement.ts';
import { TenantDb } from './tenant-db.ts';
import { runInTransaction, type DatabaseError, type Transaction } from './transaction.ts';

export class PlatformDb {
  readonly #knex: Knex;
  readonly #transaction: Transaction;

  constructor(knex: Knex, transaction: Transaction) {
    this.#knex = knex;
    this.#transaction = transaction;
  }

  /** SQL, see `timeOf`. */
  get now(): string {
    return timeOf(this.#knex);
  }

  from<Table extends TableName>(table: Table): Rows<Row<Table>>;
  from(table: TableRef): Knex.QueryBuilder;
  from(table: TableRef): Knex.QueryBuilder {
    return this.fromUntyped(table);
  }

  /** For a table whose name or column types are not those of `tables.ts`. */
  fromUntyped(table: string): Knex.QueryBuilder {
    return this.#knex(table).connection(this.#transaction);
  }

  /** Operators see every row. */
  visible(table: TableRef): Knex.QueryBuilder {
    return this.from(table);
  }

  raw<Value>(
    sql: string,
    bindings: readonly Knex.RawBinding[] | Record<string, unknown> = [],
  ): Knex.Raw<Value> {
    return this.#knex.raw<Value>(sql, bindings as Knex.ValueDict).connection(this.#transaction);
  }

  /** See `TenantDb.defer`. */
  defer(statement: Deferrable, toError?: (error: DatabaseError) => Error): void {
    this.#transaction.defer(toStatement(statement), { toError });
  }

  /** See `TenantDb.afterCommit`. */
  afterCommit(callback: () => void): void {
    this.#transaction.afterCommit.push(callback);
  }

  /** See `TenantDb.flush`. */
  flush(): Promise<void> {
    return this.#transaction.flush();
  }

  tenant(tenantId: string): TenantDb {
    return new TenantDb(this.#knex, tenantId, { transaction: this.#transaction });
  }
}

export interface PlatformOptions {
  /** Commands and background work over all tenants: each statement may take a minute instead of five seconds. */
  isLong?: boolean;
  beforeRetry?: () => void;
}

/** Its statements are not prepared: most of them are rare, and their plans would only fill memory. */
export function asPlatform<Result>(
  database: Database,
  work: (db: PlatformDb) => Result | Promise<Result>,
  { isLong = false, beforeRetry }: PlatformOptions = {},
): Promise<Result> {
  const { platform: pool, engine, log } = database;
  const options = {
    pool,
    log,
    opening: openingMessages(engine, isLong ? [] : [`set local statement_timeout = '5s'`]),
    maxSilenceMs: isLong ? MAX_LONG_SILENCE_MS : undefined,
    beforeRetry,
  };
  return runInTransaction(options, async (transaction) => {
    // After a BEGIN that failed, the server would commit each statement on its own.
    await transaction.flush();
    return work(new PlatformDb(database.platformKnex, transaction));
  });
}
