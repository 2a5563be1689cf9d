import pg from 'pg';
import type { Step } from './step.ts';

export type Logins = { owner: string | null; app: string; platform: string };

type RoleRow = { name: string; settings: string[] };
type Reach = { owner_has_platform: boolean; owner_has_search: boolean; may_become_owner: boolean };

// The request pipeline counts on these: a stuck query or a forgotten transaction frees its connection by itself.
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

/** What is missing of the four roles. Roles that exist keep their passwords: others may sign in with them. */
export async function missingRoleSteps(client: pg.Client, logins: Logins): Promise<Step[]> {
  const { rows } = await client.query<RoleRow>(
    `select r.rolname as name, coalesce(s.setconfig, '{}') as settings
       from pg_roles r left join pg_db_role_setting s on s.setrole = r.oid and s.setdatabase = 0
      where r.rolname = any($1)`,
    [Object.keys(SETTINGS)],
  );
  const existing = new Map(rows.map((row) => [row.name, row.settings]));
  return [
    ...creations(existing, logins),
    ...(await memberships(client, existing.size === Object.keys(SETTINGS).length)),
    ...settings(existing),
  ];
}

function creations(existing: Map<string, string[]>, logins: Logins): Step[] {
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

// The owner must be a member of app_platform: under FORCE ROW LEVEL SECURITY it would otherwise see no row, and a
// migration's UPDATE would silently change none. It hands the search functions to app_search.
async function memberships(client: pg.Client, rolesExist: boolean): Promise<Step[]> {
  const reach = rolesExist ? await readReach(client) : null;
  const steps: Step[] = [];
  if (!reach?.owner_has_platform) steps.push({ sql: 'grant app_platform to app_owner' });
  if (!reach?.owner_has_search) steps.push({ sql: 'grant app_search to app_owner' });
  if (!reach?.may_become_owner) {
    const name = pg.escapeIdentifier(await currentUser(client));
    steps.push({ sql: `grant app_owner to ${name}` });
  }
  return steps.filter((step) => step.sql !== 'grant app_owner to "app_owner"');
}

// From PostgreSQL 16 on, whoever creates a role may administer it without being able to act as it ('set').
async function readReach(client: pg.Client): Promise<Reach> {
  const { rows } = await client.query<{ version: number }>(
    `select current_setting('server_version_num')::int as version`,
  );
  const acting = (rows[0]?.version ?? 0) >= 160_000 ? 'set' : 'member';
  const reach = await client.query<Reach>(
    `select pg_has_role('app_owner', 'app_platform', 'usage') as owner_has_platform,
            pg_has_role('app_owner', 'app_search', $1) as owner_has_search,
            pg_has_role(current_user, 'app_owner', $1) as may_become_owner`,
    [acting],
  );
  return reach.rows[0] as Reach;
}

async function currentUser(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>('select current_user as name');
  return rows[0]?.name ?? '';
}

function settings(existing: Map<string, string[]>): Step[] {
  return Object.entries(SETTINGS).flatMap(([role, wanted]) =>
    wanted
      .filter((setting) => !existing.get(role)?.includes(setting))
      .map((setting) => {
        const [name, value] = setting.split('=') as [string, string];
        return { sql: `alter role ${role} set ${name} = ${pg.escapeLiteral(value)}` };
      }),
  );
}
