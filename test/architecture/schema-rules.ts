import type { Catalog, Table } from './postgres-catalog.ts';

export interface SchemaRule {
  /** Returns one description for each violation. */
  check: (catalog: Catalog) => string[];
  /** SQL that breaks the rule, to prove that the check reports it. */
  violation: string;
}

type Check = SchemaRule['check'];

/** Reference tables are replicated to every node; platform tables are used before or outside of a tenant. */
export const WITHOUT_TENANT: Record<string, 'reference' | 'platform'> = {
  tenants: 'reference',
  tenant_domains: 'reference',
  throttle_counters: 'platform',
  platform_operators: 'platform',
  platform_sessions: 'platform',
  platform_events: 'platform',
  audit_heads: 'platform',
  platform_form_keys: 'platform',
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

/** Partitions have no policies and no grants, because queries reach them through their parent table. */
export function eachTableExceptPartitions(check: (table: Table) => string[]): Check {
  return eachTenantTable((table) => (table.is_partition ? [] : check(table)));
}
