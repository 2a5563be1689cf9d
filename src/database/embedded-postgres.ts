import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { chooseAccount } from './embedded/account.ts';
import { findBinaries } from './embedded/binaries.ts';
import { findFreePort } from './embedded/free-port.ts';
import { initialiseCluster } from './embedded/initialise.ts';
import { keepPasswords, readPasswords, type Passwords } from './embedded/passwords.ts';
import { healing } from './embedded/healing.ts';
import { livePostmaster } from './embedded/postmaster-pid.ts';
import { startServer, type Launch, type ServerProcess } from './embedded/server-process.ts';

export type DatabaseUrls = { superuser: string; owner: string; app: string; platform: string };

export type EmbeddedPostgres = { urls: DatabaseUrls; readonly pid: number; stop(): Promise<void> };

export type EmbeddedOptions = {
  dataDir: string;
  /** Programs of another PostgreSQL than the one npm brought. */
  binDir?: string;
  settings?: Record<string, string>;
  /** Told, in a sentence, when the server died and was started again. */
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

/** The folder is named by major version: an upgrade needs a new one, and no tool for it is shipped. */
const clusterOf = (dataDir: string, major = 18) => join(resolve(dataDir), `pg${major}`);

/** Starts the server of this data folder, or joins the one that runs there already. */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  if (!existsSync(dataDir)) makeDataFolder(dataDir);
  const passwords = keepPasswords(dataDir);
  const binaries = findBinaries(options.binDir);
  const clusterDir = clusterOf(dataDir, binaries.major);

  const running = await settledPostmaster(clusterDir);
  if (running) return { urls: urlsOf(passwords, running.port), pid: running.pid, stop: async () => {} };

  const account = chooseAccount(binaries.postgres, dataDir, clusterDir);
  const settings: Record<string, string> = { ...SETTINGS, ...options.settings };
  const sync = settings['fsync'] !== 'off';
  initialiseCluster({ binaries, account, clusterDir, password: passwords.superuser, sync });
  const logFile = join(dataDir, 'postgres.log');
  const launch = { postgres: binaries.postgres, account, clusterDir, logFile, settings };
  return keepRunning(launch, passwords, options.say ?? (() => {}));
}

/** The addresses of the server that runs on this data folder, or null. */
export async function findRunningPostgres(dataDir: string): Promise<DatabaseUrls | null> {
  const passwords = readPasswords(resolve(dataDir));
  const running = passwords && (await settledPostmaster(clusterOf(dataDir)));
  return running ? urlsOf(passwords, running.port) : null;
}

// Only the last folder is closed: mkdir with a mode would close the parents it makes, too.
function makeDataFolder(dataDir: string): void {
  mkdirSync(join(dataDir, '..'), { recursive: true });
  mkdirSync(dataDir, { mode: 0o700, recursive: true });
}

// A server that is coming up or going down is waited for: it will be one or the other in a moment.
async function settledPostmaster(clusterDir: string) {
  for (const end = Date.now() + 30_000; Date.now() < end; await pause(50)) {
    const found = livePostmaster(clusterDir);
    if (!found || found.state === 'ready') return found;
  }
  throw new Error(`The PostgreSQL server in ${clusterDir} neither starts nor stops.`);
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

async function keepRunning(
  launch: Omit<Launch, 'port'>,
  passwords: Passwords,
  say: (sentence: string) => void,
): Promise<EmbeddedPostgres> {
  const { server, port } = await startOnFreePort(launch);
  const healed = healing({ ...launch, port }, server, say);
  return {
    urls: urlsOf(passwords, port),
    get pid() {
      return healed.server().pid;
    },
    stop: () => healed.stop(),
  };
}

async function startOnFreePort(
  launch: Omit<Launch, 'port'>,
): Promise<{ server: ServerProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    try {
      return { server: await startServer({ ...launch, port }), port };
    } catch (error) {
      // Somebody else took the port between our look and the server's.
      if (attempt === 3 || !String(error).includes('Address already in use')) throw error;
    }
  }
}
