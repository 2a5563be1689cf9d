import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { refuseWrongEngine, WrongEngine, type Engine } from './citus.ts';
import { withClient } from './pools.ts';
import { missingRoleSteps, missingSchemaSteps, type Logins, type Step } from './preparation-steps.ts';

export type PrepareOptions = {
  engine?: Engine;
  /** A superuser, a role that may create roles, or app_owner when nothing is missing. */
  administratorUrl: string;
  ownerUrl?: string;
  appUrl: string;
  platformUrl: string;
};

/** The given role may not prepare the database; the message holds the SQL for a superuser. */
export class DatabaseNotPrepared extends Error {
  constructor(steps: Step[], reason: string) {
    const sql = steps.filter((step) => !step.isOptional).map((step) => `  ${step.shown ?? step.sql};`);
    super(
      `The database is not ready for Portico, and DATABASE_OWNER_URL may not prepare it (${reason}). ` +
        `Run this once as a superuser, in that database:\n\n${sql.join('\n')}\n`,
    );
  }
}

const NO_SUCH_DATABASE = '3D000';
const NOT_ALLOWED = '42501';
// Another process prepares the same server concurrently.
const RETRYABLE_CODES = new Set(['23505', '42710', '42P04', '42P06', 'XX000']);

/** Idempotent: creates only the roles, the database and the schema that are missing. */
export async function prepareDatabase(options: PrepareOptions): Promise<void> {
  const { engine = 'postgres' } = options;
  const logins = loginsOf(options);
  for (let attempt = 1; ; attempt++) {
    try {
      return await prepareOnce(options.administratorUrl, logins, engine);
    } catch (error) {
      if (attempt === 10 || !RETRYABLE_CODES.has(codeOf(error))) throw error;
      await pause(attempt * 20);
    }
  }
}

async function prepareOnce(url: string, logins: Logins, engine: Engine): Promise<void> {
  try {
    await withClient(url, (client) => prepare(client, logins, engine));
  } catch (error) {
    if (codeOf(error) !== NO_SUCH_DATABASE) throw error;
    if (engine === 'citus') throw new WrongEngine(engine);
    await createDatabase(url, logins);
    await withClient(url, (client) => prepare(client, logins, engine));
  }
}

async function prepare(client: pg.Client, logins: Logins, engine: Engine): Promise<void> {
  await refuseWrongEngine(client, engine);
  const roles = await missingRoleSteps(client, logins, engine);
  const schema = await missingSchemaSteps(client);
  await runOrExplain(client, [...roles, ...schema]);
}

async function createDatabase(url: string, logins: Logins): Promise<void> {
  const name = pg.escapeIdentifier(decodeURIComponent(new URL(url).pathname.slice(1)));
  const creation = { sql: `create database ${name} owner app_owner encoding 'UTF8' template template0` };
  const maintenance = new URL(url);
  maintenance.pathname = '/postgres';
  await withClient(maintenance.href, async (client) => {
    const roles = await missingRoleSteps(client, logins, 'postgres');
    await runOrExplain(client, roles, [creation]);
    await client.query(creation.sql).catch(explain([creation]));
  });
}

async function runOrExplain(client: pg.Client, steps: Step[], laterSteps: Step[] = []): Promise<void> {
  await runSteps(client, steps).catch(explain([...steps, ...laterSteps]));
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

// The row level security policies apply to fixed role names; any other role would see no rows.
function passwordOf(url: string, role: string, setting: string): string {
  const { username, password } = new URL(url);
  if (username !== role) throw new Error(`${setting} must log in as ${role}, not as "${username}".`);
  return decodeURIComponent(password);
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? '';
}

async function runSteps(client: pg.Client, steps: Step[]): Promise<void> {
  if (steps.length === 0) return;
  await client.query('begin');
  try {
    for (const step of steps) await runStep(client, step);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

async function runStep(client: pg.Client, step: Step): Promise<void> {
  if (!step.isOptional) {
    await client.query(step.sql);
    return;
  }
  await client.query('savepoint optional_step');
  await client.query(step.sql).catch(() => client.query('rollback to savepoint optional_step'));
}
