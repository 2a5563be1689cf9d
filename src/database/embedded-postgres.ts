import { join, resolve } from 'node:path';
import { makeDataFolder } from './data-folder.ts';
import { chooseAccount } from './embedded/account.ts';
import { findBinaries } from './embedded/binaries.ts';
import { findFreePort } from './embedded/free-port.ts';
import { healing } from './embedded/healing.ts';
import { initialiseCluster } from './embedded/initialise.ts';
import { keepPasswords, readPasswords, type Passwords } from './embedded/passwords.ts';
import { outlastPostmaster, settledPostmaster } from './embedded/postmaster.ts';
import { startServer, type Launch, type ServerProcess } from './embedded/server-process.ts';
import { awaitLock } from './process-lock.ts';

export type DatabaseUrls = { superuser: string; owner: string; app: string; platform: string };

export type EmbeddedPostgres = { urls: DatabaseUrls; readonly pid: number; stop(): Promise<void> };

export type EmbeddedOptions = {
  dataDir: string;
  /** Programs of another PostgreSQL than the one npm brought. */
  binDir?: string;
  settings?: Record<string, string>;
  /**
   * The portal has a server of its own: it starts it again when it dies, and at its start waits for a command's
   * server to end. Anybody else joins the server that runs.
   */
  isPortal?: boolean;
  /** Told, in a sentence, what happens to the portal's server. */
  say?: (sentence: string) => void;
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

const STARTING_MS = 90_000;
const COMMAND_MS = 10_000;

/** The folder is named by major version: an upgrade needs a new one, and no tool for it is shipped. */
const clusterOf = (dataDir: string, major = 18) => join(resolve(dataDir), `pg${major}`);

/** Starts the server of this data folder, or joins the one that runs there already. */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  makeDataFolder(dataDir);
  // A portal and a command that find no cluster at the same moment must not both make one.
  const starting = await awaitLock(join(dataDir, 'postgres-starting.lock'), STARTING_MS);
  try {
    return await startOrJoin({ ...options, dataDir });
  } finally {
    starting.release();
  }
}

/** The addresses of the server that runs on this data folder, or null. */
export async function findRunningPostgres(dataDir: string): Promise<DatabaseUrls | null> {
  const passwords = readPasswords(resolve(dataDir));
  const running = passwords && (await settledPostmaster(clusterOf(dataDir)));
  return running ? urlsOf(passwords, running.port) : null;
}

async function startOrJoin(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const passwords = keepPasswords(options.dataDir);
  const { postgres, initdb, major } = findBinaries(options.binDir);
  const clusterDir = clusterOf(options.dataDir, major);

  if (options.isPortal) await outlastPostmaster(clusterDir, COMMAND_MS);
  const running = await settledPostmaster(clusterDir);
  if (running) return { urls: urlsOf(passwords, running.port), pid: running.pid, stop: async () => {} };

  const account = chooseAccount(postgres, options.dataDir, clusterDir);
  const settings: Record<string, string> = { ...SETTINGS, ...options.settings };
  const isSynced = settings['fsync'] !== 'off';
  initialiseCluster({ initdb, major, account, clusterDir, password: passwords.superuser, isSynced });

  const logFile = join(options.dataDir, 'postgres.log');
  const started = await startOnFreePort({ postgres, account, clusterDir, logFile, settings });
  return watchOver(started, passwords, options);
}

type Started = { launch: Launch; server: ServerProcess };

async function startOnFreePort(launch: Omit<Launch, 'port'>): Promise<Started> {
  for (let attempt = 1; ; attempt++) {
    const complete = { ...launch, port: await findFreePort() };
    try {
      return { launch: complete, server: await startServer(complete) };
    } catch (error) {
      // Somebody else took the port between our look and the server's.
      if (attempt === 3 || !String(error).includes('Address already in use')) throw error;
    }
  }
}

function watchOver(
  { launch, server }: Started,
  passwords: Passwords,
  options: EmbeddedOptions,
): EmbeddedPostgres {
  const urls = urlsOf(passwords, launch.port);
  // A command's server stays down when it goes down: a portal may be waiting for that.
  if (!options.isPortal) return { urls, pid: server.pid, stop: () => server.stop() };

  const healed = healing(launch, server, options.say ?? (() => {}));
  return {
    urls,
    get pid() {
      return healed.server().pid;
    },
    stop: () => healed.stop(),
  };
}

function urlsOf(passwords: Passwords, port: number): DatabaseUrls {
  const url = (role: string, password: string) => `postgres://${role}:${password}@127.0.0.1:${port}/portico`;
  return {
    superuser: url('postgres', passwords.superuser),
    owner: url('app_owner', passwords.owner),
    app: url('app_rw', passwords.app),
    platform: url('app_platform', passwords.platform),
  };
}
