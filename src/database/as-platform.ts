import type { Knex } from 'knex';
import type { Database } from './pools.ts';
import { TenantDb } from './tenant-db.ts';
import { runInTransaction } from './transaction.ts';

export class PlatformDb {
  readonly knex: Knex.Transaction;

  constructor(knex: Knex.Transaction) {
    this.knex = knex;
  }

  from(table: string): Knex.QueryBuilder {
    return this.knex(table);
  }

  raw(sql: string, bindings: readonly Knex.RawBinding[] = []): Knex.Raw {
    return this.knex.raw(sql, bindings);
  }

  tenant(tenantId: string): TenantDb {
    return new TenantDb(this.knex, tenantId);
  }
}

export function asPlatform<Result>(
  database: Database,
  work: (db: PlatformDb) => Promise<Result>,
): Promise<Result> {
  return runInTransaction(database.platformKnex, (trx) => work(new PlatformDb(trx)));
}
