import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { chooseAccount } from './account.ts';
import { createCluster, findPrograms, readPasswords, type Passwords, type Programs } from './cluster.ts';
import { createDataFolder } from './data-folder.ts';
import { stopPostmaster, waitForExit, waitUntilStable } from './postmaster.ts';
import { findFreePort, startServer, supervise } from './server-process.ts';

export type DatabaseUrls = { superuser: string; owner: string; app: string; platform: string };

export type EmbeddedPostgres = { urls: DatabaseUrls; stop(): Promise<void> };

export type EmbeddedOptions = {
  dataDir: string;
  /** The folder of the PostgreSQL programs, instead of those that npm installed. */
  binDir?: string;
  settings?: Record<string, string>;
  /** The portal always starts its own server and restarts it; other processes join a running one. */
  isPortal?: boolean;
  warn?: (message: string) => void;
};

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  log_checkpoints: 'off',
  jit: 'off',
};

const COMMAND_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 60_000;
const RETRY_TIMEOUT_MS = 30_000;
/** Another process has started the server, or the backends of a killed server have not exited yet. */
const RETRYABLE = /Address already in use|"postmaster.pid" (already exists|is empty)|shared memory block/;

// The name contains the major version, because the packages contain no pg_upgrade.
const clusterPath = (dataDir: string) => join(resolve(dataDir), 'pg18');

/** Joins the server of the data folder when it runs already. */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  createDataFolder(options.dataDir);
  const programs = await findPrograms(options.binDir);
  for (const end = Date.now() + RETRY_TIMEOUT_MS; ; await pause(100)) {
    try {
      return await startOrJoin(options, programs);
    } catch (error) {
      if (!RETRYABLE.test(String(error)) || Date.now() > end) throw error;
    }
  }
}

export async function findRunningPostgres(dataDir: string): Promise<DatabaseUrls | undefined> {
  const postmaster = await waitUntilStable(clusterPath(dataDir));
  return postmaster && urlsFor(readPasswords(resolve(dataDir)), postmaster.port);
}

async function startOrJoin(options: EmbeddedOptions, programs: Programs): Promise<EmbeddedPostgres> {
  const { isPortal = false, warn = () => {} } = options;
  const dataDir = resolve(options.dataDir);
  const clusterDir = clusterPath(dataDir);
  if (isPortal) await endOtherServer(clusterDir);
  const running = !isPortal && (await findRunningPostgres(dataDir));
  if (running) return { urls: running, stop: async () => {} };

  const account = chooseAccount(programs.postgres, dataDir, clusterDir);
  createCluster(programs, account, clusterDir);
  const launch = {
    postgres: programs.postgres,
    account,
    clusterDir,
    logFile: join(dataDir, 'postgres.log'),
    port: await findFreePort(),
    settings: { ...SETTINGS, ...options.settings },
  };
  const server = await startServer(launch);
  const urls = urlsFor(readPasswords(dataDir), launch.port);
  // The server of a command is not restarted, because a portal may be waiting for its end.
  return { urls, stop: isPortal ? supervise(server, launch, warn) : () => server.stop() };
}

/** Gives a command time to finish, then stops its server: two servers cannot share a cluster. */
async function endOtherServer(clusterDir: string): Promise<void> {
  if (await waitForExit(clusterDir, COMMAND_TIMEOUT_MS)) return;
  stopPostmaster(clusterDir);
  if (!(await waitForExit(clusterDir, STOP_TIMEOUT_MS)))
    throw new Error(`Another PostgreSQL server uses ${clusterDir} and does not stop.`);
}

function urlsFor(passwords: Passwords, port: number): DatabaseUrls {
  const url = (role: string, password: string) => `postgres://${role}:${password}@127.0.0.1:${port}/portico`;
  return {
    superuser: url('postgres', passwords.superuser),
    owner: url('app_owner', passwords.owner),
    app: url('app_rw', passwords.app),
    platform: url('app_platform', passwords.platform),
  };
}
