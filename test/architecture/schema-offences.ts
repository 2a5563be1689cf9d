const bad = (columns: string) => `create table bad (tenant_id uuid not null, id uuid not null, ${columns})`;
const isolated = (table: string) =>
  `set local role app_owner; create table ${table} (tenant_id uuid not null, id uuid not null, primary key (tenant_id, id));
   select isolate_by_tenant('${table}');`;

/** What breaks each rule of the schema, to be rolled back. */
export const offences: Record<string, string> = {
  'every table of a tenant has tenant_id uuid not null':
    'create table bad (id uuid primary key, tenant_id uuid)',
  'every table has a primary key': bad('name text'),
  'what must be unique is unique within its tenant': bad('code text unique'),
  'every btree index begins with the tenant': 'create index on users (name_norm)',
  'a reference between tenant tables cannot leave the tenant':
    'create unique index on users (id); alter table memberships add foreign key (user_id) references users (id)',
  'no table without a tenant refers to one with':
    'alter table platform_events add foreign key (tenant_id, operator_id) references users',
  'references never set null, and never follow a changed key':
    'alter table companies add foreign key (tenant_id, parent_id) references companies on delete set null',
  'row level security is on and forced': 'alter table users no force row level security',
  'the app sees its tenant and nothing else':
    'drop policy tenant on users; create policy tenant on users to app_rw using (true)',
  'one policy for each role, and none for everybody': 'create policy everybody on users using (true)',
  'no policy is restrictive (a distributed engine would make it permissive)':
    'create policy fence on users as restrictive to app_rw using (true)',
  'search reads and never writes': 'grant update on users to app_search',
  'the app may read and write rows, and nothing more': 'grant truncate on users to app_rw',
  'every tenant table can be read by the app': 'revoke select on users from app_rw',
  'what is a record cannot be changed afterwards': 'grant update on audit_events to app_rw',
  'the app does not see the tables of the console': 'grant select on platform_operators to app_rw',
  'the app reads who the tenants are, and changes none': 'grant update on tenants to app_rw',
  'no triggers': `create function touch() returns trigger language plpgsql as 'begin return new; end';
    create trigger touched before update on users for each row execute function touch()`,
  'columns are of portable types': bad('price numeric, primary key (tenant_id, id)'),
  'ids and numbers come from the application': bad('number serial'),
  'money is kept in cents, and times with their zone': bad('amount_cents int, primary key (tenant_id, id)'),
  'indexed text is compared byte by byte': 'create index on users (tenant_id, last_name)',
  'no index stands on an expression': 'create index on users (tenant_id, lower(email))',
  'every index can be used under row level security':
    bad('price numeric, primary key (tenant_id, id)') + '; create index on bad (tenant_id, price)',
  'no domains, enums, ranges, sequences or materialized views': "create type colour as enum ('red')",
  'views ask with the rights of whoever reads them': 'create view everybody as select * from users',
  'functions belong to nobody else, and not everybody may call them':
    "set local role app_owner; create function one() returns int language sql as 'select 1'",
  "a function with its owner's rights has a search path of its own":
    'alter function search_users(uuid, text, int) reset search_path',
  'every table belongs to app_owner': bad('primary key (tenant_id, id)'),
  'the app role has no powers, no memberships and no property': 'grant app_search to app_rw',
  'none of our roles passes by row level security': 'alter role app_platform bypassrls',
  'search owns its functions and nothing else': `${isolated('found')} reset role; alter table found owner to app_search`,
  'a stuck statement of the app ends by itself': "alter role app_rw set statement_timeout = '0'",
};
