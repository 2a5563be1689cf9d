import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { missingRoleSteps, type Logins } from './preparation/role-steps.ts';
import { missingSchemaSteps } from './preparation/schema-steps.ts';
import { DatabaseNotPrepared, runSteps, type Step } from './preparation/step.ts';
import { withClient } from './with-client.ts';

export { DatabaseNotPrepared };

export type PrepareOptions = {
  /** A superuser, a role that may create roles, or app_owner itself where everything is there already. */
  administratorUrl: string;
  ownerUrl?: string;
  appUrl: string;
  platformUrl: string;
};

const NO_SUCH_DATABASE = '3D000';
const NOT_ALLOWED = '42501';
// Two processes that prepare the same server at once: the later one looks again.
const SOMEBODY_WAS_QUICKER = new Set(['23505', '42710', '42P04', '42P06', 'XX000']);

/** Makes the roles, the database and the schema that are missing; in a prepared database it only looks. */
export async function prepareDatabase(options: PrepareOptions): Promise<void> {
  const logins = loginsOf(options);
  for (let attempt = 1; ; attempt++) {
    try {
      return await prepareOnce(options.administratorUrl, logins);
    } catch (error) {
      if (attempt === 10 || !SOMEBODY_WAS_QUICKER.has(codeOf(error))) throw error;
      await pause(attempt * 20);
    }
  }
}

async function prepareOnce(url: string, logins: Logins): Promise<void> {
  try {
    await withClient(url, (client) => prepare(client, logins));
  } catch (error) {
    if (codeOf(error) !== NO_SUCH_DATABASE) throw error;
    await createDatabase(url, logins);
    await withClient(url, (client) => prepare(client, logins));
  }
}

async function prepare(client: pg.Client, logins: Logins): Promise<void> {
  const roles = await missingRoleSteps(client, logins);
  const schema = await missingSchemaSteps(client);
  await runOrExplain(client, [...roles, ...schema]);
}

async function createDatabase(url: string, logins: Logins): Promise<void> {
  const name = pg.escapeIdentifier(decodeURIComponent(new URL(url).pathname.slice(1)));
  const creation = { sql: `create database ${name} owner app_owner encoding 'UTF8' template template0` };
  const maintenance = new URL(url);
  maintenance.pathname = '/postgres';
  await withClient(maintenance.href, async (client) => {
    const roles = await missingRoleSteps(client, logins);
    await runOrExplain(client, roles, [creation]);
    await client.query(creation.sql).catch(explain([creation]));
  });
}

async function runOrExplain(client: pg.Client, steps: Step[], later: Step[] = []): Promise<void> {
  await runSteps(client, steps).catch(explain([...steps, ...later]));
}

const explain = (steps: Step[]) => (error: unknown) => {
  if (codeOf(error) !== NOT_ALLOWED) throw error;
  throw new DatabaseNotPrepared(steps, (error as Error).message);
};

function loginsOf(options: PrepareOptions): Logins {
  const owner = new URL(options.ownerUrl ?? options.administratorUrl);
  return {
    owner: owner.username === 'app_owner' ? decodeURIComponent(owner.password) : null,
    app: passwordOf(options.appUrl, 'app_rw', 'DATABASE_URL'),
    platform: passwordOf(options.platformUrl, 'app_platform', 'DATABASE_PLATFORM_URL'),
  };
}

// The policies name these roles, so no other would see a row.
function passwordOf(url: string, role: string, setting: string): string {
  const { username, password } = new URL(url);
  if (username !== role) throw new Error(`${setting} must sign in as ${role}, not as "${username}".`);
  return decodeURIComponent(password);
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? '';
}
