import type { Knex } from 'knex';
import type { Rows, TableRef } from './columns.ts';
import type { Database } from './pools.ts';
import type { Row, TableName } from './tables.ts';
import { TenantDb } from './tenant-db.ts';
import { runInTransaction, type AfterCommit } from './transaction.ts';

export class PlatformDb {
  readonly knex: Knex.Transaction;
  readonly #afterCommit: AfterCommit;

  constructor(knex: Knex.Transaction, afterCommit: AfterCommit) {
    this.knex = knex;
    this.#afterCommit = afterCommit;
  }

  from<Table extends TableName>(table: Table): Rows<Row<Table>>;
  from(table: TableRef): Knex.QueryBuilder;
  from(table: TableRef): Knex.QueryBuilder {
    return this.knex(table);
  }

  /** Operators see every row. */
  visible(table: TableRef): Knex.QueryBuilder {
    return this.from(table);
  }

  raw<Value>(sql: string, bindings: readonly Knex.RawBinding[] = []): Knex.Raw<Value> {
    return this.knex.raw<Value>(sql, bindings);
  }

  query(): Knex.QueryBuilder {
    return this.knex.queryBuilder();
  }

  tenant(tenantId: string): TenantDb {
    return new TenantDb(this.knex, tenantId, { afterCommit: this.#afterCommit });
  }
}

export function asPlatform<Result>(
  database: Database,
  work: (db: PlatformDb) => Promise<Result>,
): Promise<Result> {
  return runInTransaction(database.platformKnex, database.log, (trx, afterCommit) =>
    work(new PlatformDb(trx, afterCommit)),
  );
}
