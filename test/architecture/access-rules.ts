import type { Catalog } from './postgres-catalog.ts';
import {
  eachTenantTable,
  eachTableExceptPartitions,
  WITHOUT_TENANT,
  type SchemaRule,
} from './schema-rules.ts';

const ROLES = ['app_rw', 'app_platform', 'app_search'];
const APPEND_ONLY = ['audit_events', 'audit_seals', 'terms_versions', 'terms_acceptances'];
const TENANT_POLICY = "(tenant_id = (current_setting('app.tenant_id'::text))::uuid)";
const APP_SETTINGS = ['statement_timeout=5s', 'lock_timeout=2s', 'idle_in_transaction_session_timeout=10s'];

export const accessRules: Record<string, SchemaRule> = {
  'enables and forces row level security on every tenant table': {
    check: eachTableExceptPartitions(({ is_rls_enabled, is_rls_forced }) => [
      ...(is_rls_enabled ? [] : ['does not enable it']),
      ...(is_rls_forced ? [] : ['does not force it on the owner']),
    ]),
    violation: 'alter table users no force row level security',
  },

  'has a policy that limits app_rw to the rows of the current tenant': {
    check: eachTableExceptPartitions(({ policies }) => {
      const own = policies.filter(({ roles }) => roles.includes('app_rw'));
      const found = own.map(({ command, using, check }) => [command, using, check].join(' '));
      return found.join() === `* ${TENANT_POLICY} ${TENANT_POLICY}`
        ? []
        : [`has for app_rw: ${found.join()}`];
    }),
    violation: 'drop policy tenant on users; create policy tenant on users to app_rw using (true)',
  },

  'has one policy per role and none for PUBLIC': {
    check: eachTableExceptPartitions(({ policies }) => {
      const roles = policies.flatMap((policy) => policy.roles);
      const unexpected = roles.filter((role) => !ROLES.includes(role));
      const duplicates = roles.filter((role, index) => roles.indexOf(role) !== index);
      return [
        ...unexpected.map((role) => `has a policy for ${role}`),
        ...duplicates.map((role) => `has several policies for ${role}`),
        ...(roles.includes('app_platform') ? [] : ['has no policy for app_platform']),
      ];
    }),
    violation: 'create policy extra on users using (true)',
  },

  'has no restrictive policies, which a distributed database treats as permissive': {
    check: ({ tables }) =>
      tables.flatMap(({ name, policies }) =>
        policies.filter(({ is_permissive }) => !is_permissive).map((policy) => `${name}: ${policy.name}`),
      ),
    violation: 'create policy fence on users as restrictive to app_rw using (true)',
  },

  'lets app_search only select': {
    check: eachTenantTable(({ policies, grants }) => [
      ...policies
        .filter(({ roles, command }) => roles.includes('app_search') && command !== 'r')
        .map(({ name }) => `${name} lets app_search write`),
      ...(grants['app_search'] ?? [])
        .filter((privilege) => privilege !== 'select')
        .map((privilege) => `app_search may ${privilege}`),
    ]),
    violation: 'grant update on users to app_search',
  },

  'grants app_rw at most select, insert, update and delete, and grants unknown roles nothing': {
    check: ({ tables }) =>
      tables.flatMap(({ name, grants, is_partition }) => {
        const unexpected = Object.keys(grants).filter((role) => !ROLES.includes(role));
        const extra = (grants['app_rw'] ?? []).filter(
          (privilege) => !['select', 'insert', 'update', 'delete'].includes(privilege),
        );
        return [
          ...unexpected.map((role) => `${name} has grants for ${role}`),
          ...extra.map((privilege) => `${name}: app_rw may ${privilege}`),
          ...(is_partition && Object.keys(grants).length > 0 ? [`${name} is a partition with grants`] : []),
        ];
      }),
    violation: 'grant truncate on users to app_rw',
  },

  'lets app_rw select from every tenant table': {
    check: eachTableExceptPartitions(({ grants }) =>
      grants['app_rw']?.includes('select') ? [] : ['may not be selected from'],
    ),
    violation: 'revoke select on users from app_rw',
  },

  'lets no role update or delete append-only records': {
    check: ({ tables }) =>
      APPEND_ONLY.flatMap((name) => {
        const grants = tables.find((table) => table.name === name)?.grants;
        if (!grants) return [`${name} does not exist`];
        const roles = name.startsWith('audit') ? ['app_rw', 'app_platform'] : ['app_rw'];
        return roles.flatMap((role) =>
          (grants[role] ?? [])
            .filter((privilege) => privilege === 'update' || privilege === 'delete')
            .map((privilege) => `${role} may ${privilege} ${name}`),
        );
      }),
    violation: 'grant update on audit_events to app_rw',
  },

  'gives app_rw no access to the platform tables': {
    check: ({ tables }) =>
      tables
        .filter(({ name, grants }) => name.startsWith('platform_') && grants['app_rw'])
        .map(({ name, grants }) => `app_rw may ${grants['app_rw']!.join(', ')} ${name}`),
    violation: 'grant select on platform_operators to app_rw',
  },

  'lets app_rw only select from the reference tables': {
    check: ({ tables }) =>
      tables
        .filter(({ name }) => WITHOUT_TENANT[name] === 'reference')
        .flatMap(({ name, grants }) =>
          (grants['app_rw'] ?? [])
            .filter((privilege) => privilege !== 'select')
            .map((privilege) => `app_rw may ${privilege} ${name}`),
        ),
    violation: 'grant update on tenants to app_rw',
  },

  'has only views with security_invoker': {
    check: ({ others }) =>
      others.filter(({ kind, is_invoker }) => kind === 'view' && !is_invoker).map(({ name }) => name),
    violation: 'create view user_list as select * from users',
  },

  'has only functions of app_owner and app_search, none callable by PUBLIC': {
    check: ({ functions }) =>
      functions.flatMap(({ name, owner, is_public }) => [
        ...(['app_owner', 'app_search'].includes(owner) ? [] : [`${name} belongs to ${owner}`]),
        ...(is_public ? [`PUBLIC may call ${name}`] : []),
      ]),
    violation: "set local role app_owner; create function one() returns int language sql as 'select 1'",
  },

  'sets the search path of every security definer function': {
    check: ({ functions }) =>
      functions
        .filter(({ is_definer, search_path }) => is_definer && !/^pg_catalog, app\b/.test(search_path ?? ''))
        .map(({ name, search_path }) => `${name} has the search path ${search_path ?? 'of its caller'}`),
    violation: 'alter function search_users(uuid, text, int) reset search_path',
  },

  'has only tables that belong to app_owner': {
    check: ({ tables }) =>
      tables
        .filter(({ owner }) => owner !== 'app_owner')
        .map(({ name, owner }) => `${name} belongs to ${owner}`),
    violation: 'create table bad (tenant_id uuid not null, id uuid not null, primary key (tenant_id, id))',
  },

  'gives app_rw no role attributes, memberships or objects': {
    check: ({ roles }) => findPrivileges(roles.find(({ name }) => name === 'app_rw')),
    violation: 'grant app_search to app_rw',
  },

  'has no role with superuser, bypassrls or another special attribute, except app_backup': {
    check: ({ roles }) =>
      roles.flatMap(({ name, attributes }) =>
        attributes
          .filter((attribute) => name !== 'app_backup' || attribute !== 'bypassrls')
          .map((attribute) => `${name} has ${attribute}`),
      ),
    violation: 'alter role app_platform bypassrls',
  },

  'makes no role a member of app_backup': {
    check: ({ roles }) =>
      roles
        .filter(({ member_of }) => member_of.includes('app_backup'))
        .map(({ name }) => `${name} is a member of app_backup`),
    violation: 'grant app_backup to app_rw',
  },

  'lets app_search own only the search functions': {
    check: ({ roles }) =>
      roles
        .filter(({ name }) => name === 'app_search')
        .flatMap(({ owns, member_of }) => [
          ...owns
            .filter((object) => !object.startsWith('function app.search_'))
            .map((object) => `owns ${object}`),
          ...member_of.map((role) => `is a member of ${role}`),
        ]),
    violation: `set local role app_owner;
      create table found (tenant_id uuid not null, id uuid not null, primary key (tenant_id, id));
      select isolate_by_tenant('found'); reset role; alter table found owner to app_search`,
  },

  'limits the duration of statements, locks and idle transactions of app_rw': {
    check: ({ roles }) => {
      const settings = roles.find(({ name }) => name === 'app_rw')?.settings ?? [];
      return APP_SETTINGS.filter((setting) => !settings.includes(setting)).map(
        (each) => `${each} is not set`,
      );
    },
    violation: "alter role app_rw set statement_timeout = '0'",
  },
};

function findPrivileges(role: Catalog['roles'][number] | undefined): string[] {
  if (!role) return ['app_rw does not exist'];
  return [
    ...role.attributes.map((attribute) => `has ${attribute}`),
    ...role.member_of.map((other) => `is a member of ${other}`),
    ...role.owns.map((object) => `owns ${object}`),
    ...role.may_create_in.map((schema) => `may create in ${schema}`),
  ];
}
