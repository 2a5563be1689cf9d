import type { Catalog, Index, Table } from './catalog.ts';

/** Tables that are nobody's in particular: each with the reason why it carries no tenant. */
export const WITHOUT_TENANT: Record<string, 'reference' | 'platform'> = {
  tenants: 'reference',
  tenant_domains: 'reference',
  // Read before anybody is known; found by a hash alone.
  sessions: 'platform',
  throttle_counters: 'platform',
  platform_operators: 'platform',
  platform_sessions: 'platform',
  platform_events: 'platform',
  knex_migrations: 'platform',
  knex_migrations_lock: 'platform',
};

/** The worker looks for whoever is due first, over all tenants; nothing else does. */
const INDEXES_OVER_TENANTS = ['outbox_due'];

const TYPES = new Set(
  'uuid text text[] integer bigint boolean date jsonb bytea'.split(' ').concat('timestamp with time zone'),
);

const OWN_ROWS = "(tenant_id = (current_setting('app.tenant_id'::text))::uuid)";
const APPEND_ONLY = ['audit_events', 'audit_seals', 'terms_versions', 'terms_acceptances'];

type Rule = (catalog: Catalog) => string[];

/** What the schema must keep: each rule names whatever breaks it. */
export const schemaRules: Record<string, Rule> = {
  'every table of a tenant has tenant_id uuid not null': eachTenantTable(({ columns }) => {
    const column = columns.find(({ name }) => name === 'tenant_id');
    return column?.type === 'uuid' && column.is_required ? [] : ['has no tenant_id uuid not null'];
  }),

  'every table has a primary key': ({ tables }) =>
    tables
      .filter(({ indexes }) => !indexes.some((index) => index.is_primary))
      .map(({ name }) => `${name} has none`),

  'what must be unique is unique within its tenant': eachTenantTable(({ indexes }) =>
    indexes
      .filter((index) => index.is_deciding && index.columns[0] !== 'tenant_id')
      .map((index) => `${index.name} does not begin with tenant_id`),
  ),

  'every btree index begins with the tenant': eachTenantTable(({ indexes }) =>
    indexes
      .filter(({ method, columns }) => method === 'btree' && columns[0] !== 'tenant_id')
      .filter(({ name }) => !INDEXES_OVER_TENANTS.includes(name))
      .map(({ name }) => `${name} does not`),
  ),

  'a reference between tenant tables cannot leave the tenant': (catalog) =>
    eachTenantTable(({ foreign_keys }) =>
      foreign_keys
        .filter(({ to }) => isTenantTable(catalog, to))
        .filter(({ pairs }) => pairs[0]?.join() !== 'tenant_id,tenant_id')
        .map(({ name, to }) => `${name} to ${to} does not begin with tenant_id = tenant_id`),
    )(catalog),

  'no table without a tenant refers to one with': (catalog) =>
    catalog.tables
      .filter(({ name }) => !isTenantTable(catalog, name))
      .flatMap(({ name, foreign_keys }) =>
        foreign_keys
          .filter(({ to }) => isTenantTable(catalog, to))
          .map(({ to }) => `${name} refers to ${to}`),
      ),

  'references never set null, and never follow a changed key': eachTenantTable(({ foreign_keys }) =>
    foreign_keys
      .filter(({ on_delete, on_update }) => !'arc'.includes(on_delete) || !'ar'.includes(on_update))
      .map(({ name }) => `${name} does`),
  ),

  'row level security is on and forced': eachTenantTable((table) => [
    ...(table.is_isolated || table.is_partition ? [] : ['is not isolated']),
    ...(table.is_forced || table.is_partition ? [] : ['does not bind its owner']),
  ]),

  'the app sees its tenant and nothing else': eachWholeTable(({ policies }) => {
    const own = policies.filter(({ roles }) => roles.includes('app_rw'));
    const isRight =
      own.length === 1 && own[0]!.command === '*' && own[0]!.using === OWN_ROWS && own[0]!.check === OWN_ROWS;
    return isRight
      ? []
      : [`has ${own.length} policies for app_rw: ${own.map(({ using }) => using).join(' or ')}`];
  }),

  'one policy for each role, and none for everybody': eachWholeTable(({ policies }) => {
    const roles = policies.flatMap((policy) => policy.roles);
    const strangers = roles.filter((role) => !['app_rw', 'app_platform', 'app_search'].includes(role));
    const twice = roles.filter((role, index) => roles.indexOf(role) !== index);
    return [
      ...strangers.map((role) => `has a policy for ${role}`),
      ...twice.map((role) => `has several policies for ${role}`),
      ...(roles.includes('app_platform') ? [] : ['has no policy for app_platform']),
    ];
  }),

  'no policy is restrictive (a distributed engine would make it permissive)': ({ tables }) =>
    tables.flatMap(({ name, policies }) =>
      policies.filter(({ is_permissive }) => !is_permissive).map((policy) => `${name}: ${policy.name}`),
    ),

  'search reads and never writes': eachTenantTable(({ policies, grants }) => [
    ...policies
      .filter(({ roles, command }) => roles.includes('app_search') && command !== 'r')
      .map(({ name }) => `${name} lets app_search write`),
    ...(grants['app_search'] ?? []).filter((may) => may !== 'select').map((may) => `app_search may ${may}`),
  ]),

  'the app may read and write rows, and nothing more': ({ tables }) =>
    tables.flatMap(({ name, grants, is_partition }) => {
      const strangers = Object.keys(grants).filter(
        (role) => !['app_rw', 'app_platform', 'app_search'].includes(role),
      );
      const extra = (grants['app_rw'] ?? []).filter(
        (may) => !['select', 'insert', 'update', 'delete'].includes(may),
      );
      return [
        ...strangers.map((role) => `${name} is open to ${role}`),
        ...extra.map((may) => `${name}: app_rw may ${may}`),
        ...(is_partition && Object.keys(grants).length > 0 ? [`${name} can be reached past its table`] : []),
      ];
    }),

  'every tenant table can be read by the app': eachWholeTable(({ grants }) =>
    grants['app_rw']?.includes('select') ? [] : ['cannot'],
  ),

  'what is a record cannot be changed afterwards': ({ tables }) =>
    APPEND_ONLY.flatMap((name) => {
      const grants = tables.find((table) => table.name === name)?.grants;
      if (!grants) return [`${name} is not there`];
      const roles = name.startsWith('audit') ? ['app_rw', 'app_platform'] : ['app_rw'];
      return roles.flatMap((role) =>
        (grants[role] ?? [])
          .filter((may) => may === 'update' || may === 'delete')
          .map((may) => `${role} may ${may} ${name}`),
      );
    }),

  'the app does not see the tables of the console': ({ tables }) =>
    tables
      .filter(({ name, grants }) => name.startsWith('platform_') && grants['app_rw'])
      .map(({ name, grants }) => `app_rw may ${grants['app_rw']!.join(', ')} ${name}`),

  'the app reads who the tenants are, and changes none': ({ tables }) =>
    tables
      .filter(({ name }) => WITHOUT_TENANT[name] === 'reference')
      .flatMap(({ name, grants }) =>
        (grants['app_rw'] ?? []).filter((may) => may !== 'select').map((may) => `app_rw may ${may} ${name}`),
      ),

  'no triggers': ({ tables }) =>
    tables.flatMap(({ name, triggers }) => triggers.map((trigger) => `${name}: ${trigger}`)),

  'columns are of portable types': eachTenantTable(({ columns }) =>
    columns
      .filter(({ type, kind }) => !TYPES.has(type) || kind !== 'b')
      .map(({ name, type }) => `${name} is ${type}`),
  ),

  'ids and numbers come from the application': eachTenantTable(({ columns }) =>
    columns
      .filter(
        (column) => column.is_identity || /nextval|random|clock_timestamp|uuid/.test(column.default ?? ''),
      )
      .map(({ name }) => `${name} is made by the database`),
  ),

  'money is kept in cents, and times with their zone': ({ tables }) =>
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

  'indexed text is compared byte by byte': eachTenantTable(({ columns, indexes }) =>
    indexes
      .filter(({ method }) => method === 'btree')
      .flatMap((index) =>
        columns
          .filter(
            ({ name, collation }) => index.columns.includes(name) && collation !== null && collation !== 'C',
          )
          .map(({ name, collation }) => `${index.name} sorts ${name} by the collation ${collation}`),
      ),
  ),

  'no index stands on an expression': eachTenantTable(({ indexes }) =>
    indexes.filter(({ columns }) => columns.includes(null)).map(({ name }) => `${name} does`),
  ),

  'every index can be used under row level security': eachTenantTable(({ indexes }) =>
    indexes
      .filter((index) => index.leaky_operators.length > 0 && !isForSearch(index))
      .map(({ name, leaky_operators }) => `${name} answers ${leaky_operators.join(', ')}, which may leak`),
  ),

  'no domains, enums, ranges, sequences or materialized views': ({ others }) =>
    others
      .filter(({ kind, name }) => kind !== 'view' && !/^knex_migrations_(lock_index|id)_seq$/.test(name))
      .map(({ kind, name }) => `${kind} ${name}`),

  'views ask with the rights of whoever reads them': ({ others }) =>
    others.filter(({ kind, is_invoker }) => kind === 'view' && !is_invoker).map(({ name }) => name),

  'functions belong to nobody else, and not everybody may call them': ({ functions }) =>
    functions.flatMap(({ name, owner, is_public }) => [
      ...(['app_owner', 'app_search'].includes(owner) ? [] : [`${name} belongs to ${owner}`]),
      ...(is_public ? [`${name} may be called by everybody`] : []),
    ]),

  "a function with its owner's rights has a search path of its own": ({ functions }) =>
    functions
      .filter(({ is_definer, search_path }) => is_definer && !/^pg_catalog, app\b/.test(search_path ?? ''))
      .map(({ name, search_path }) => `${name} looks in ${search_path ?? 'whatever is set'}`),

  'every table belongs to app_owner': ({ tables }) =>
    tables
      .filter(({ owner }) => owner !== 'app_owner')
      .map(({ name, owner }) => `${name} belongs to ${owner}`),

  'the app role has no powers, no memberships and no property': ({ roles }) =>
    roleProblems(roles.find(({ name }) => name === 'app_rw')),

  'none of our roles passes by row level security': ({ roles }) =>
    roles.flatMap(({ name, powers }) => powers.map((power) => `${name} has ${power}`)),

  'search owns its functions and nothing else': ({ roles }) =>
    roles
      .filter(({ name }) => name === 'app_search')
      .flatMap(({ owns, member_of }) => [
        ...owns.filter((thing) => !thing.startsWith('function app.search_')).map((thing) => `owns ${thing}`),
        ...member_of.map((role) => `is a member of ${role}`),
      ]),

  'a stuck statement of the app ends by itself': ({ roles }) => {
    const settings = roles.find(({ name }) => name === 'app_rw')?.settings ?? [];
    const wanted = ['statement_timeout=5s', 'lock_timeout=2s', 'idle_in_transaction_session_timeout=10s'];
    return wanted.filter((setting) => !settings.includes(setting)).map((setting) => `${setting} is not set`);
  },
};

function roleProblems(role: Catalog['roles'][number] | undefined): string[] {
  if (!role) return ['there is no app_rw'];
  return [
    ...role.powers.map((power) => `has ${power}`),
    ...role.member_of.map((other) => `is a member of ${other}`),
    ...role.owns.map((thing) => `owns ${thing}`),
    ...role.may_create_in.map((schema) => `may create in ${schema}`),
  ];
}

export function isTenantTable({ tables }: Catalog, name: string): boolean {
  return tables.some((table) => table.name === name) && !(name in WITHOUT_TENANT);
}

// The definer function's, which asks as app_search and with the tenant in its WHERE.
function isForSearch({ method, columns }: Index): boolean {
  return method === 'gin' && columns.join() === 'tenant_id,search_text';
}

function eachTenantTable(look: (table: Table) => string[]): Rule {
  return ({ tables }) =>
    tables
      .filter(({ name }) => !(name in WITHOUT_TENANT))
      .flatMap((table) => look(table).map((problem) => `${table.name} ${problem}`));
}

/** A partition has no policies of its own: it is reached through its table alone. */
function eachWholeTable(look: (table: Table) => string[]): Rule {
  return eachTenantTable((table) => (table.is_partition ? [] : look(table)));
}
