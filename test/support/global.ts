import { randomUUID } from 'node:crypto';
import { startTestServer } from './test-server.ts';

let stop = async () => {};

/** Starts one database server for the whole run. */
export async function mochaGlobalSetup(): Promise<void> {
  const server = await startTestServer();
  process.env['TEST_DATABASE_URLS'] = JSON.stringify(server.urls);
  process.env['TEST_RUN'] = randomUUID();
  stop = () => server.stop();
}

export async function mochaGlobalTeardown(): Promise<void> {
  await stop();
}
