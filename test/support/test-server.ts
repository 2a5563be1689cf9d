import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres, type DatabaseUrls } from '../../src/embedded-postgres/embedded-postgres.ts';
import { migrateUp } from '../../src/database/migrate.ts';
import { prepareDatabase } from '../../src/database/prepare-database.ts';

export const TEMPLATE = 'portico_template';
const PREFIX = 'portico-test-';

// Faster than a disk, which creates and deletes the thousand files of each test database slowly.
const MEMORY_FOLDER = '/dev/shm';
const MIN_FREE_BYTES = 6 * 1024 ** 3;

// Faster: the data need not survive a crash.
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
};

/** Starts a server with a migrated template database in a temporary folder. */
export async function startTestServer(): Promise<{ urls: DatabaseUrls; stop(): Promise<void> }> {
  removeLeftovers(MEMORY_FOLDER);
  removeLeftovers(tmpdir());
  const folder = hasRoom(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir();
  const dataDir = mkdtempSync(join(folder, PREFIX));
  const remove = () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  process.once('exit', remove);

  // TEST_POSTGRES_BIN=/usr/lib/postgresql/15/bin runs the tests on another version.
  const binDir = process.env['TEST_POSTGRES_BIN'];
  const server = await startEmbeddedPostgres({ dataDir, settings: SETTINGS, ...(binDir ? { binDir } : {}) });
  const urls = urlsFor(server.urls, TEMPLATE);
  await prepareDatabase({
    administratorUrl: urls.superuser,
    ownerUrl: urls.owner,
    appUrl: urls.app,
    platformUrl: urls.platform,
  });
  await migrateUp(urls.owner);
  return { urls, stop: () => server.stop().then(remove) };
}

function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return Math.min(bavail * bsize, process.availableMemory()) >= MIN_FREE_BYTES;
}

/** Removes the folders of interrupted runs. */
function removeLeftovers(parent: string): void {
  if (!existsSync(parent)) return;
  for (const name of readdirSync(parent).filter((one) => one.startsWith(PREFIX))) {
    const folder = join(parent, name);
    const ageMs = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (ageMs > 7_200_000) rmSync(folder, { recursive: true, force: true });
  }
}

/** The URLs of the same roles for another database of the server. */
export function urlsFor(urls: DatabaseUrls, database: string): DatabaseUrls {
  const on = (url: string) => Object.assign(new URL(url), { pathname: `/${database}` }).href;
  return {
    superuser: on(urls.superuser),
    owner: on(urls.owner),
    app: on(urls.app),
    platform: on(urls.platform),
  };
}
