import { randomBytes } from 'node:crypto';
import type { DatabaseUrls } from '../../src/embedded-postgres/embedded-postgres.ts';
import { withClient } from '../../src/database/pools.ts';
import { startTestServer, TEMPLATE, urlsFor } from './test-server.ts';

export type TestDatabase = { urls: DatabaseUrls; drop(): Promise<void> };

let ownServer: Promise<DatabaseUrls> | null = null;

/** Creates a migrated, empty database. Most suites use that of `sharedPortal`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  return createFrom(TEMPLATE);
}

/** Creates a database without grants, schema and tables. */
export async function createBareDatabase(): Promise<TestDatabase> {
  return createFrom('template0');
}

async function createFrom(template: string): Promise<TestDatabase> {
  const server = await serverUrls();
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`;
  await administer(server, `create database ${name} template ${template} strategy file_copy`);
  return {
    urls: urlsFor(server, name),
    drop: () => administer(server, `drop database ${name} with (force)`),
  };
}

async function administer(server: DatabaseUrls, sql: string): Promise<void> {
  await withClient(urlsFor(server, 'postgres').superuser, (client) => client.query(sql));
}

// Without global.ts, mocha starts its own server.
function serverUrls(): Promise<DatabaseUrls> {
  const known = process.env['TEST_DATABASE_URLS'];
  if (known) return Promise.resolve(JSON.parse(known) as DatabaseUrls);
  ownServer ??= startTestServer().then((server) => server.urls);
  return ownServer;
}
