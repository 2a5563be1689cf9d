import { startTestServer } from './test-server.ts';

let stop = async () => {};

/** One server for the whole run; `createTestDatabase()` clones its template. */
export async function mochaGlobalSetup(): Promise<void> {
  const server = await startTestServer();
  process.env['TEST_DATABASE_URLS'] = JSON.stringify(server.urls);
  stop = () => server.stop();
}

export async function mochaGlobalTeardown(): Promise<void> {
  await stop();
}
