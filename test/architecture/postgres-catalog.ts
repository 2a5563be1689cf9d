import type pg from 'pg';

export interface Column {
  name: string;
  type: string;
  /** pg_type.typtype: b base, d domain, e enum, r range. */
  kind: string;
  is_required: boolean;
  collation: string | null;
  default: string | null;
  is_identity: boolean;
}

export interface Index {
  name: string;
  method: string;
  is_primary: boolean;
  is_unique_or_exclusion: boolean;
  /** Key columns in order; null for an expression. */
  columns: (string | null)[];
  /** Expressions of the index as PostgreSQL prints them. */
  expressions: string | null;
  /** Operators of the index that are not leakproof, so that row level security must run before them. */
  leaky_operators: string[];
}

export interface ForeignKey {
  name: string;
  to: string;
  /** Pairs of columns: referencing, referenced. */
  pairs: [string, string][];
  on_delete: string;
  on_update: string;
}

export interface Policy {
  name: string;
  roles: string[];
  command: string;
  is_permissive: boolean;
  using: string | null;
  check: string | null;
}

export interface Table {
  name: string;
  owner: string;
  is_partition: boolean;
  is_rls_enabled: boolean;
  is_rls_forced: boolean;
  columns: Column[];
  indexes: Index[];
  foreign_keys: ForeignKey[];
  policies: Policy[];
  triggers: string[];
  /** Privileges on the table and its columns by role, including PUBLIC, without the owner. */
  grants: Record<string, string[]>;
}

export interface DatabaseFunction {
  name: string;
  owner: string;
  is_definer: boolean;
  search_path: string | null;
  is_public: boolean;
}

export interface Role {
  name: string;
  /** Role attributes that exceed a plain login. */
  attributes: string[];
  member_of: string[];
  owns: string[];
  may_create_in: string[];
  settings: string[];
}

export interface Catalog {
  tables: Table[];
  functions: DatabaseFunction[];
  roles: Role[];
  /** Views, sequences and types of the schema. */
  others: { kind: string; name: string; is_invoker: boolean }[];
}

export async function readCatalog(client: pg.ClientBase): Promise<Catalog> {
  const read = async <Row extends object>(sql: string) => (await client.query<Row>(sql)).rows;
  return {
    tables: await read<Table>(TABLES),
    functions: await read<DatabaseFunction>(FUNCTIONS),
    roles: await read<Role>(ROLES),
    others: await read<Catalog['others'][number]>(OTHERS),
  };
}

const jsonList = (select: string) => `coalesce((${select}), '[]'::json)`;

const COLUMNS = jsonList(`
  select json_agg(json_build_object(
    'name', a.attname, 'type', format_type(a.atttypid, null), 'kind', y.typtype, 'is_required', a.attnotnull,
    'collation', (select collname from pg_collation where oid = a.attcollation),
    'default', pg_get_expr(d.adbin, d.adrelid), 'is_identity', a.attidentity <> '') order by a.attnum)
  from pg_attribute a join pg_type y on y.oid = a.atttypid
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped`);

// The operators between two values of the indexed type.
const LEAKY = jsonList(`
  select json_agg(distinct o.amopopr::regoperator::text)
  from unnest(i.indclass[0:i.indnkeyatts - 1]) as k(opclass)
  join pg_opclass s on s.oid = k.opclass
  join pg_amop o on o.amopfamily = s.opcfamily and o.amoplefttype = s.opcintype and o.amoprighttype = s.opcintype
  join pg_operator p on p.oid = o.amopopr join pg_proc f on f.oid = p.oprcode
  where not f.proleakproof`);

const INDEXES = jsonList(`
  select json_agg(json_build_object(
    'name', ic.relname, 'method', m.amname, 'is_primary', i.indisprimary,
    'is_unique_or_exclusion', i.indisunique or i.indisexclusion,
    'columns', (select json_agg((select attname from pg_attribute where attrelid = c.oid and attnum = k.n) order by k.place)
                from unnest(i.indkey[0:i.indnkeyatts - 1]) with ordinality as k(n, place)),
    'expressions', pg_get_expr(i.indexprs, i.indrelid), 'leaky_operators', ${LEAKY}) order by ic.relname)
  from pg_index i join pg_class ic on ic.oid = i.indexrelid join pg_am m on m.oid = ic.relam
  where i.indrelid = c.oid`);

const FOREIGN_KEYS = jsonList(`
  select json_agg(json_build_object(
    'name', f.conname, 'to', r.relname, 'on_delete', f.confdeltype, 'on_update', f.confupdtype,
    'pairs', (select json_agg(json_build_array(
        (select attname from pg_attribute where attrelid = f.conrelid and attnum = k.referencing),
        (select attname from pg_attribute where attrelid = f.confrelid and attnum = k.referenced)) order by k.place)
      from unnest(f.conkey, f.confkey) with ordinality as k(referencing, referenced, place))) order by f.conname)
  from pg_constraint f join pg_class r on r.oid = f.confrelid
  where f.conrelid = c.oid and f.contype = 'f'`);

const POLICIES = jsonList(`
  select json_agg(json_build_object(
    'name', p.polname, 'command', p.polcmd, 'is_permissive', p.polpermissive,
    'roles', (select json_agg(case r.id when 0 then 'PUBLIC' else pg_get_userbyid(r.id) end) from unnest(p.polroles) as r(id)),
    'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid)) order by p.polname)
  from pg_policy p where p.polrelid = c.oid`);

const GRANTS = `coalesce((
  select json_object_agg(g.grantee, g.privileges) from (
    select case a.grantee when 0 then 'PUBLIC' else pg_get_userbyid(a.grantee) end as grantee,
      json_agg(distinct lower(a.privilege_type)) as privileges
    from (
      select x.grantee, x.privilege_type from aclexplode(c.relacl) x
      union all
      select x.grantee, x.privilege_type || ' of a column' from pg_attribute b, aclexplode(b.attacl) x
      where b.attrelid = c.oid
    ) a where a.grantee <> c.relowner group by 1) g), '{}'::json)`;

const TABLES = `
  select c.relname as name, pg_get_userbyid(c.relowner) as owner, c.relispartition as is_partition,
    c.relrowsecurity as is_rls_enabled, c.relforcerowsecurity as is_rls_forced,
    ${COLUMNS} as columns, ${INDEXES} as indexes, ${FOREIGN_KEYS} as foreign_keys, ${POLICIES} as policies,
    ${jsonList(`select json_agg(g.tgname) from pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal`)} as triggers,
    ${GRANTS} as grants
  from pg_class c where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p') order by c.relname`;

const isOfExtension = (catalog: string, oid: string) =>
  `exists (select from pg_depend x where x.classid = '${catalog}'::regclass and x.objid = ${oid} and x.deptype = 'e')`;

const FUNCTIONS = `
  select p.proname as name, pg_get_userbyid(p.proowner) as owner, p.prosecdef as is_definer,
    (select substr(s, 13) from unnest(p.proconfig) s where s like 'search_path=%') as search_path,
    exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0) as is_public
  from pg_proc p
  where p.pronamespace = 'app'::regnamespace and not ${isOfExtension('pg_proc', 'p.oid')} order by p.proname`;

const ROLES = `
  select r.rolname as name,
    array_remove(array[
      case when r.rolsuper then 'superuser' end, case when r.rolbypassrls then 'bypassrls' end,
      case when r.rolcreaterole then 'createrole' end, case when r.rolcreatedb then 'createdb' end,
      case when r.rolreplication then 'replication' end], null) as attributes,
    array(select pg_get_userbyid(m.roleid)::text from pg_auth_members m where m.member = r.oid order by 1) as member_of,
    array(select pg_describe_object(o.classid, o.objid, o.objsubid) from pg_shdepend o
      where o.refobjid = r.oid and o.refclassid = 'pg_authid'::regclass and o.deptype = 'o'
        and o.dbid = (select oid from pg_database where datname = current_database()) order by 1) as owns,
    array(select n.nspname::text from pg_namespace n
      where n.nspname !~ '^pg_' and has_schema_privilege(r.oid, n.oid, 'create') order by 1) as may_create_in,
    coalesce((select s.setconfig from pg_db_role_setting s where s.setrole = r.oid and s.setdatabase = 0), '{}') as settings
  from pg_roles r where r.rolname in ('app_owner', 'app_rw', 'app_platform', 'app_search', 'app_backup')
  order by r.rolname`;

const OTHERS = `
  select case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
      when 'f' then 'foreign table' else c.relkind::text end as kind, c.relname as name,
    coalesce('security_invoker=true' = any(c.reloptions), false) as is_invoker
  from pg_class c
  where c.relnamespace = 'app'::regnamespace and c.relkind in ('v', 'm', 'S', 'f')
    and not ${isOfExtension('pg_class', 'c.oid')}
  union all
  select case y.typtype when 'd' then 'domain' when 'e' then 'enum' else 'range' end, y.typname, false
  from pg_type y
  where y.typnamespace = 'app'::regnamespace and y.typtype in ('d', 'e', 'r', 'm')
    and not ${isOfExtension('pg_type', 'y.oid')}
  order by 1, 2`;
