import type { Index } from './postgres-catalog.ts';
import { eachTenantTable, isTenantTable, type SchemaRule } from './schema-rules.ts';

/** Only the mail worker searches all tenants, for due mail. */
const CROSS_TENANT_INDEXES = ['outbox_due'];

const COLUMN_TYPES = new Set(
  'uuid text text[] integer integer[] bigint boolean date jsonb bytea'
    .split(' ')
    .concat('timestamp with time zone'),
);

export const structureRules: Record<string, SchemaRule> = {
  'has tenant_id uuid not null in every tenant table': {
    check: eachTenantTable(({ columns }) => {
      const column = columns.find(({ name }) => name === 'tenant_id');
      return column?.type === 'uuid' && column.is_required ? [] : ['has no tenant_id uuid not null'];
    }),
    violation: 'create table bad (id uuid primary key, tenant_id uuid)',
  },

  'has a primary key in every table': {
    check: ({ tables }) =>
      tables
        .filter(({ indexes }) => !indexes.some((index) => index.is_primary))
        .map(({ name }) => `${name} has none`),
    violation: createBadTable('name text'),
  },

  'has tenant_id first in every unique index': {
    check: eachTenantTable(({ indexes }) =>
      indexes
        .filter((index) => index.is_unique_or_exclusion && index.columns[0] !== 'tenant_id')
        .map((index) => `${index.name} does not begin with tenant_id`),
    ),
    violation: createBadTable('code text unique'),
  },

  'has tenant_id first in every btree index': {
    check: eachTenantTable(({ indexes }) =>
      indexes
        .filter(({ method, columns }) => method === 'btree' && columns[0] !== 'tenant_id')
        .filter(({ name }) => !CROSS_TENANT_INDEXES.includes(name))
        .map(({ name }) => `${name} does not begin with tenant_id`),
    ),
    violation: 'create index on users (name_norm)',
  },

  'has tenant_id first in every foreign key between tenant tables': {
    check: (catalog) =>
      eachTenantTable(({ foreign_keys }) =>
        foreign_keys
          .filter(({ to }) => isTenantTable(catalog, to))
          .filter(({ pairs }) => pairs[0]?.join() !== 'tenant_id,tenant_id')
          .map(({ name, to }) => `${name} to ${to} does not begin with tenant_id = tenant_id`),
      )(catalog),
    violation:
      'create unique index on users (id); alter table memberships add foreign key (user_id) references users (id)',
  },

  'has no foreign key from a table without tenant_id to a tenant table': {
    check: (catalog) =>
      catalog.tables
        .filter(({ name }) => !isTenantTable(catalog, name))
        .flatMap(({ name, foreign_keys }) =>
          foreign_keys
            .filter(({ to }) => isTenantTable(catalog, to))
            .map(({ to }) => `${name} refers to ${to}`),
        ),
    violation: 'alter table platform_events add foreign key (tenant_id, operator_id) references users',
  },

  'has no foreign key with ON DELETE SET NULL or ON UPDATE CASCADE': {
    check: eachTenantTable(({ foreign_keys }) =>
      foreign_keys
        .filter(({ on_delete, on_update }) => !'arc'.includes(on_delete) || !'ar'.includes(on_update))
        .map(({ name, on_delete, on_update }) => `${name}: on delete ${on_delete}, on update ${on_update}`),
    ),
    violation:
      'alter table companies add foreign key (tenant_id, parent_id) references companies on delete set null',
  },

  'has no triggers': {
    check: ({ tables }) =>
      tables.flatMap(({ name, triggers }) => triggers.map((trigger) => `${name}: ${trigger}`)),
    violation: `create function touch() returns trigger language plpgsql as 'begin return new; end';
      create trigger touched before update on users for each row execute function touch()`,
  },

  'has only portable column types': {
    check: eachTenantTable(({ columns }) =>
      columns
        .filter(({ type, kind }) => !COLUMN_TYPES.has(type) || kind !== 'b')
        .map(({ name, type }) => `${name} is ${type}`),
    ),
    violation: createBadTable('price numeric, primary key (tenant_id, id)'),
  },

  'has no ids or numbers that the database generates': {
    check: eachTenantTable(({ columns }) =>
      columns
        .filter(
          (column) => column.is_identity || /nextval|random|clock_timestamp|uuid/.test(column.default ?? ''),
        )
        .map(({ name }) => `${name} is generated`),
    ),
    violation: createBadTable('number serial'),
  },

  'stores money as bigint cents and times as timestamptz': {
    check: ({ tables }) =>
      tables.flatMap(({ name, columns }) =>
        columns
          .filter(
            (column) =>
              (column.name.endsWith('_cents') && column.type !== 'bigint') ||
              (column.name.endsWith('_at') && column.type !== 'timestamp with time zone') ||
              column.type === 'timestamp without time zone',
          )
          .map((column) => `${name}.${column.name} is ${column.type}`),
      ),
    violation: createBadTable('amount_cents int, primary key (tenant_id, id)'),
  },

  'compares indexed text with the C collation': {
    check: eachTenantTable(({ columns, indexes }) =>
      indexes
        .filter(({ method }) => method === 'btree')
        .flatMap((index) =>
          columns
            .filter(
              ({ name, collation }) =>
                index.columns.includes(name) && collation !== null && collation !== 'C',
            )
            .map(({ name, collation }) => `${index.name}: ${name} has the collation ${collation}`),
        ),
    ),
    violation: 'create index on users (tenant_id, last_name)',
  },

  'has no index on an expression, except a column with a value for null': {
    check: eachTenantTable(({ indexes }) =>
      indexes
        .filter(({ expressions }) => expressions !== null && !VALUE_FOR_NULL.test(expressions))
        .map(({ name, expressions }) => `${name}: ${expressions}`),
    ),
    violation: 'create index on users (tenant_id, lower(email))',
  },

  'has only indexes that row level security can use': {
    check: eachTenantTable(({ indexes }) =>
      indexes
        .filter((index) => index.leaky_operators.length > 0 && !isSearchIndex(index))
        .map(({ name, leaky_operators }) => `${name}: ${leaky_operators.join(', ')} are not leakproof`),
    ),
    violation: `${createBadTable('price numeric, primary key (tenant_id, id)')}; create index on bad (tenant_id, price)`,
  },

  'has no domains, enums, ranges, sequences or materialized views': {
    check: ({ others }) =>
      others
        .filter(({ kind, name }) => kind !== 'view' && !/^knex_migrations_(lock_index|id)_seq$/.test(name))
        .map(({ kind, name }) => `${kind} ${name}`),
    violation: "create type colour as enum ('red')",
  },
};

// Row level security cannot use an index on an expression that calls a function, and counts "coalesce" among them.
const VALUE_FOR_NULL = /^\s*CASE\s+WHEN \((\w+) IS NULL\) THEN '\w+'::[a-z ]+\s+ELSE \1\s+END$/;

/** Used only by security definer functions, which run as app_search with the tenant in the WHERE clause. */
function isSearchIndex({ method, columns }: Index): boolean {
  return method === 'gin' && ['tenant_id,search_text', 'tenant_id,address_norm'].includes(columns.join());
}

function createBadTable(columns: string): string {
  return `create table bad (tenant_id uuid not null, id uuid not null, ${columns})`;
}
