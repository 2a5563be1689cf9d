import type { Knex } from 'knex';
import type { Database } from './pools.ts';
import { TenantDb } from './tenant-db.ts';

/** What the platform console, the command line and the sweepers work with: every tenant's rows, one tenant at a time. */
export class PlatformDb {
  readonly knex: Knex.Transaction;

  constructor(knex: Knex.Transaction) {
    this.knex = knex;
  }

  from(table: string): Knex.QueryBuilder {
    return this.knex(table);
  }

  tenant(tenantId: string): TenantDb {
    return new TenantDb(this.knex, tenantId);
  }
}

/** One transaction as app_platform; rolls back when `work` throws or answers `ok: false`. */
export async function asPlatform<Result>(
  database: Database,
  work: (db: PlatformDb) => Promise<Result>,
): Promise<Result> {
  const trx = await database.platformKnex.transaction();
  try {
    const result = await work(new PlatformDb(trx));
    const isRefused = typeof result === 'object' && result !== null && 'ok' in result && result.ok === false;
    await (isRefused ? trx.rollback() : trx.commit());
    return result;
  } catch (error) {
    if (!trx.isCompleted()) await trx.rollback().catch(() => undefined);
    throw error;
  }
}
