import pg from 'pg';
import { CITUS_LOGINS, CITUS_SETTINGS, type Engine } from './citus.ts';
import { MAX_TRANSACTION_MINUTES } from './transaction.ts';

/** `shown` is the statement without passwords, for error messages. */
export type Step = { sql: string; shown?: string; isOptional?: boolean };

export type Logins = { owner: string | null; app: string; platform: string };

type Role = { may_log_in: boolean; settings: string[] };
type Memberships = { owner_has_platform: boolean; owner_has_search: boolean; may_become_owner: boolean };

type DatabaseState = {
  database: string;
  owner_may_create: boolean | null;
  app_may_connect: boolean | null;
  schema_owner: string | null;
  public_may_create: boolean;
};

// The timeouts return the connection of a stuck query or an abandoned transaction to the pool.
const SETTINGS: Record<string, string[]> = {
  app_owner: ['search_path=app', 'lock_timeout=10s'],
  app_rw: [
    'search_path=app',
    'statement_timeout=5s',
    'lock_timeout=2s',
    'idle_in_transaction_session_timeout=10s',
  ],
  app_platform: [
    'search_path=app',
    'statement_timeout=60s',
    'lock_timeout=5s',
    'idle_in_transaction_session_timeout=30s',
  ],
  app_search: [],
};

/** Dumps and restores every row. The portal does not log in as this role. */
const BACKUP_ROLE = 'app_backup';

/** Ends transactions during their work; without it, they fail before they commit. */
const TRANSACTION_TIMEOUT = [`transaction_timeout=${MAX_TRANSACTION_MINUTES}min`];

/** Existing roles keep their passwords. */
export async function missingRoleSteps(client: pg.Client, logins: Logins, engine: Engine): Promise<Step[]> {
  const { rows } = await client.query<Role & { name: string }>(
    `select r.rolname as name, r.rolcanlogin as may_log_in, coalesce(s.setconfig, '{}') as settings
       from pg_roles r left join pg_db_role_setting s on s.setrole = r.oid and s.setdatabase = 0
      where r.rolname = any($1)`,
    [Object.keys(SETTINGS)],
  );
  const existing = new Map(rows.map(({ name, ...role }) => [name, role]));
  return [
    ...creationSteps(existing, logins),
    ...(await membershipSteps(client, existing.size === Object.keys(SETTINGS).length)),
    ...(await missingBackupRoleSteps(client)),
    ...settingSteps(existing, SETTINGS),
    ...((await serverVersion(client)) >= 170_000
      ? settingSteps(existing, { app_rw: TRANSACTION_TIMEOUT, app_platform: TRANSACTION_TIMEOUT })
      : []),
    ...(engine === 'citus' ? citusSteps(existing) : []),
  ];
}

/** Works before the roles exist, so that the list of missing steps is complete. */
export async function missingSchemaSteps(client: pg.Client): Promise<Step[]> {
  const state = await readDatabaseState(client);
  const database = pg.escapeIdentifier(state.database);
  if (state.schema_owner !== null && state.schema_owner !== 'app_owner') {
    throw new Error(
      `Database ${database} already has a schema "app", of ${state.schema_owner}. Use another database.`,
    );
  }

  const steps: Step[] = [];
  // Needed for the schema and for the trusted extensions pg_trgm and btree_gin.
  if (!state.owner_may_create) steps.push({ sql: `grant create on database ${database} to app_owner` });
  if (!state.app_may_connect) {
    steps.push({ sql: `grant connect on database ${database} to app_owner, app_rw, app_platform` });
  }
  if (state.schema_owner === null) {
    steps.push({ sql: 'create schema if not exists app authorization app_owner' });
    // Only a migration needs it otherwise, but a restore gives app_search its functions before it restores privileges.
    steps.push({ sql: 'grant create on schema app to app_search' });
  }
  if (state.public_may_create) {
    steps.push({ sql: 'revoke create on schema public from public', isOptional: true });
  }
  return steps;
}

function creationSteps(existing: Map<string, Role>, logins: Logins): Step[] {
  const creation = (role: string, password: string | null, source: string): Step[] => {
    if (existing.has(role)) return [];
    const start = `create role ${role} nosuperuser nocreatedb nocreaterole noreplication nobypassrls`;
    if (password === null) return [{ sql: `${start} nologin` }];
    const shown = `${start} login password '<the password in ${source}>'`;
    return [{ sql: `${start} login password ${pg.escapeLiteral(password)}`, shown }];
  };
  return [
    ...creation('app_owner', logins.owner, 'DATABASE_OWNER_URL'),
    ...creation('app_rw', logins.app, 'DATABASE_URL'),
    ...creation('app_platform', logins.platform, 'DATABASE_PLATFORM_URL'),
    ...creation('app_search', null, ''),
  ];
}

// Without app_platform, FORCE ROW LEVEL SECURITY hides every row from app_owner, and an UPDATE in a migration changes
// nothing without an error. Without app_search, app_owner cannot give it the search functions.
async function membershipSteps(client: pg.Client, rolesExist: boolean): Promise<Step[]> {
  const current = rolesExist ? await readMemberships(client) : null;
  const steps: Step[] = [];
  if (!current?.owner_has_platform) steps.push({ sql: 'grant app_platform to app_owner' });
  if (!current?.owner_has_search) steps.push({ sql: 'grant app_search to app_owner' });
  if (!current?.may_become_owner) {
    const name = pg.escapeIdentifier(await currentUser(client));
    steps.push({ sql: `grant app_owner to ${name}` });
  }
  return steps.filter((step) => step.sql !== 'grant app_owner to "app_owner"');
}

// Since PostgreSQL 16 the creator of a role may administer it without the right to SET ROLE to it.
async function readMemberships(client: pg.Client): Promise<Memberships> {
  const privilege = (await serverVersion(client)) >= 160_000 ? 'set' : 'member';
  const memberships = await client.query<Memberships>(
    `select pg_has_role('app_owner', 'app_platform', 'usage') as owner_has_platform,
            pg_has_role('app_owner', 'app_search', $1) as owner_has_search,
            pg_has_role(current_user, 'app_owner', $1) as may_become_owner`,
    [privilege],
  );
  return memberships.rows[0] as Memberships;
}

/** Optional: bypassing row level security, which hides every row from the owner, takes a superuser to grant. */
export async function missingBackupRoleSteps(client: pg.Client): Promise<Step[]> {
  const { rows } = await client.query<{ is_member: boolean }>(
    `select pg_has_role(oid, 'app_owner', 'member') as is_member from pg_roles
      where rolname = '${BACKUP_ROLE}' and exists (select from pg_roles where rolname = 'app_owner')`,
  );
  const creation = `create role ${BACKUP_ROLE} nosuperuser nocreatedb nocreaterole noreplication bypassrls nologin`;
  const steps: Step[] = [];
  if (rows.length === 0) steps.push({ sql: creation, isOptional: true });
  if (!rows[0]?.is_member) steps.push({ sql: `grant app_owner to ${BACKUP_ROLE}`, isOptional: true });
  return steps;
}

async function serverVersion(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    `select current_setting('server_version_num')::int as version`,
  );
  return rows[0]!.version;
}

async function currentUser(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>('select current_user as name');
  return rows[0]?.name ?? '';
}

function citusSteps(existing: Map<string, Role>): Step[] {
  const logins = CITUS_LOGINS.filter((role) => !existing.get(role)?.may_log_in);
  return [
    ...logins.map((role) => ({ sql: `alter role ${role} login` })),
    ...settingSteps(existing, { app_rw: CITUS_SETTINGS }),
  ];
}

function settingSteps(existing: Map<string, Role>, settings: Record<string, string[]>): Step[] {
  return Object.entries(settings).flatMap(([role, wanted]) =>
    wanted
      .filter((setting) => !existing.get(role)?.settings.includes(setting))
      .map((setting) => {
        const [name, value] = setting.split('=') as [string, string];
        return { sql: `alter role ${role} set ${name} = ${pg.escapeLiteral(value)}` };
      }),
  );
}

async function readDatabaseState(client: pg.Client): Promise<DatabaseState> {
  const { rows } = await client.query<DatabaseState>(`
    select current_database() as database,
      (select has_database_privilege(oid, current_database(), 'create') from pg_roles where rolname = 'app_owner')
        as owner_may_create,
      (select bool_and(has_database_privilege(oid, current_database(), 'connect')) from pg_roles
        where rolname in ('app_owner', 'app_rw', 'app_platform')) as app_may_connect,
      (select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'app') as schema_owner,
      exists (select from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
        where n.nspname = 'public' and a.grantee = 0 and a.privilege_type = 'CREATE') as public_may_create
  `);
  return rows[0] as DatabaseState;
}
