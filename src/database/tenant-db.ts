import type { Knex } from 'knex';
import { isId } from './new-id.ts';

/**
 * The only way to a tenant's rows. Every builder it hands out already names the tenant: row level security is the
 * net below, this predicate is the router (and what lets a distributed engine send the statement to one node).
 */
export class TenantDb {
  readonly #knex: Knex | Knex.Transaction;

  /** A mail waits in this transaction: the worker may be woken once it is committed. */
  hasQueuedMail = false;

  readonly tenantId: string;

  constructor(knex: Knex | Knex.Transaction, tenantId: string) {
    if (!isId(tenantId)) throw new Error('A tenant id must be a uuid');
    this.#knex = knex;
    this.tenantId = tenantId;
  }

  /** `from('users')` or `from('users as u')`: a builder for select, update and delete. */
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

  /** A fragment or a whole statement; whoever writes a whole one names `tenant_id` in it. */
  raw(sql: string, bindings: readonly Knex.RawBinding[] = []): Knex.Raw {
    return this.#knex.raw(sql, bindings);
  }
}
