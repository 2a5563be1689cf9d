import type pg from 'pg';

export type Engine = 'postgres' | 'citus';

/** A worker sets the tenant of a statement; a search function sends its query from within another query. */
export const CITUS_SETTINGS = [
  'citus.propagate_set_commands=local',
  'citus.allow_nested_distributed_execution=on',
];

/** Citus connects to its workers as the role that acts. */
export const CITUS_LOGINS = ['app_owner', 'app_search'];

/** Citus does not create databases and extensions on the workers, so they are created by hand on each node. */
export class WrongEngine extends Error {
  constructor(engine: Engine) {
    super(
      engine === 'citus'
        ? 'DATABASE_ENGINE is citus, and this database has no extension citus. Create the database and the extension ' +
            'on every node and add the workers to the coordinator: docs/scaling.md.'
        : 'DATABASE_ENGINE is postgres, and this database has the extension citus. Set DATABASE_ENGINE=citus, or use ' +
            'a database without the extension.',
    );
  }
}

/** @throws {WrongEngine} */
export async function refuseWrongEngine(client: pg.ClientBase, engine: Engine): Promise<void> {
  if ((await hasCitus(client)) !== (engine === 'citus')) throw new WrongEngine(engine);
}

export async function hasCitus(client: pg.ClientBase): Promise<boolean> {
  const { rowCount } = await client.query(`select from pg_extension where extname = 'citus'`);
  return rowCount === 1;
}

/** Returns what is missing and `migrate up` sets up. @param client connected as the app role */
export async function findCitusProblems(client: pg.ClientBase): Promise<string[]> {
  if (!(await hasCitus(client))) return ['the extension citus is missing'];
  return [
    ...(await wrongSettings(client)),
    ...(await rolesWithoutLogin(client)),
    ...(await localTables(client)),
  ];
}

async function wrongSettings(client: pg.ClientBase): Promise<string[]> {
  const problems: string[] = [];
  for (const setting of CITUS_SETTINGS) {
    const [name, value] = setting.split('=') as [string, string];
    const { rows } = await client.query<{ value: string | null }>(
      'select current_setting($1, true) as value',
      [name],
    );
    if (rows[0]!.value !== value) problems.push(`${name} of app_rw is not ${value}`);
  }
  return problems;
}

async function rolesWithoutLogin(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    'select rolname as name from pg_roles where rolname = any($1) and not rolcanlogin order by 1',
    [CITUS_LOGINS],
  );
  return rows.map(({ name }) => `${name} may not log in`);
}

/** Tables of tenants have the policy of isolate_by_tenant. Of partmethod: h is distributed, n is on every node. */
async function localTables(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ problem: string }>(`
    select name || case method when 'h' then ' is not distributed' else ' is not a reference table' end as problem
    from (
      select polrelid, polrelid::regclass::text, 'h' from pg_policy where polname = 'tenant'
      union all select name::regclass, name, 'n' from unnest(array['tenants', 'tenant_domains']) as name
    ) as wanted (relation, name, method)
    where not exists (select from pg_dist_partition where logicalrelid = relation and partmethod::text = method)
    order by 1`);
  return rows.map(({ problem }) => problem);
}

/** Citus sends the whole message of a `set local` to its workers, where a transaction has begun already. */
export function openingMessages(engine: Engine, settings: readonly string[]): string[] {
  return engine === 'citus' ? ['begin', ...settings] : [['begin', ...settings].join('; ')];
}
