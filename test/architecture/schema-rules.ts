import type { Catalog, Table } from './postgres-catalog.ts';

export interface SchemaRule {
  /** Describes each violation; empty when the schema follows the rule. */
  check: (catalog: Catalog) => string[];
  /** SQL that breaks the rule, to prove that the check reports it. */
  violation: string;
}

type Check = SchemaRule['check'];

/** The tables without tenant_id: replicated to every node, or used only before or outside of a tenant. */
export const WITHOUT_TENANT: Record<string, 'reference' | 'platform'> = {
  tenants: 'reference',
  tenant_domains: 'reference',
  // Sessions are found by a hash before the tenant's rows may be read.
  sessions: 'platform',
  throttle_counters: 'platform',
  platform_operators: 'platform',
  platform_sessions: 'platform',
  platform_events: 'platform',
  knex_migrations: 'platform',
  knex_migrations_lock: 'platform',
};

export function isTenantTable({ tables }: Catalog, name: string): boolean {
  return tables.some((table) => table.name === name) && !(name in WITHOUT_TENANT);
}

export function eachTenantTable(check: (table: Table) => string[]): Check {
  return ({ tables }) =>
    tables
      .filter(({ name }) => !(name in WITHOUT_TENANT))
      .flatMap((table) => check(table).map((problem) => `${table.name} ${problem}`));
}

/** Skips partitions: they have no policies and no grants, because only their table may be used. */
export function eachUnpartitionedTable(check: (table: Table) => string[]): Check {
  return eachTenantTable((table) => (table.is_partition ? [] : check(table)));
}
