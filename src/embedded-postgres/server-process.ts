import type { ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { spawnAs, type Account } from './account.ts';
import { EmbeddedPostgresError } from './data-folder.ts';
import { findPostmaster, removeForeignPidFile } from './postmaster.ts';

export type Launch = {
  postgres: string;
  account: Account;
  clusterDir: string;
  logFile: string;
  port: number;
  settings: Record<string, string>;
};

export type Server = { exited: Promise<string>; stop(): Promise<void> };

const MIN_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 5_000;

// `exec` makes the server a direct child of this process. The detached watcher shuts the server down when its input
// ends, which also happens when this process is killed.
const SCRIPT = `
exec 3<&0 </dev/null
( { read -r _ <&3; kill -INT $$; } & )
exec "$@" 3<&-
`;

/** Resolves when the server accepts connections. @throws {EmbeddedPostgresError} with the log of the server */
export async function startServer(launch: Launch): Promise<Server> {
  const { clusterDir, logFile } = launch;
  removeForeignPidFile(clusterDir);
  const log = openSync(logFile, 'a', 0o600);
  const logStart = fstatSync(log).size;
  const child = spawnServer(launch, log);
  closeSync(log);

  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`));
  });
  void exited.then(() => child.stdin?.destroy());
  const reason = await waitUntilReady(clusterDir, child, exited);
  if (reason === undefined) {
    // Lets this process exit without stopping the server; the watcher then stops the server.
    child.unref();
    (child.stdin as Socket).unref();
    return { exited, stop: () => stop(child, exited) };
  }
  const output = readFileSync(logFile).subarray(logStart).toString().trim();
  throw new EmbeddedPostgresError(`PostgreSQL did not start in ${clusterDir}: ${reason}.\n${output}`);
}

function spawnServer({ postgres, account, clusterDir, port, settings }: Launch, log: number): ChildProcess {
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = [postgres, '-D', clusterDir, '-p', String(port), ...options];
  return spawnAs(account, ['sh', '-c', SCRIPT, 'sh', ...server], ['pipe', log, log]);
}

/** Returns undefined when the server is ready, else why the server exited. */
async function waitUntilReady(clusterDir: string, child: ChildProcess, exited: Promise<string>) {
  while (child.pid && child.exitCode === null && child.signalCode === null) {
    const postmaster = findPostmaster(clusterDir);
    if (postmaster?.pid === child.pid && postmaster.isReady) return undefined;
    await pause(15);
  }
  return exited;
}

async function stop(child: ChildProcess, exited: Promise<string>): Promise<void> {
  child.ref();
  child.kill('SIGINT');
  await exited;
}

/** Restarts the server on the same port after each exit. Returns a function that stops server and supervision. */
export function supervise(first: Server, launch: Launch, warn: (message: string) => void) {
  let server = first;
  let isStopping = false;
  const run = async (): Promise<void> => {
    let backoff = MIN_BACKOFF_MS;
    for (;;) {
      await server.exited;
      if (isStopping) return;
      warn('The embedded PostgreSQL exited unexpectedly and is restarted.');
      await pause(backoff);
      try {
        server = await startServer(launch);
        backoff = MIN_BACKOFF_MS;
      } catch (error) {
        warn((error as Error).message);
        backoff = Math.min(backoff * 2, MAX_BACKOFF_MS);
      }
      if (isStopping) await server.stop();
    }
  };
  const running = run();
  return async (): Promise<void> => {
    isStopping = true;
    await server.stop();
    await running;
  };
}

// Below the range of outgoing connections, so that the port is still free for a restart.
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    if (await isFree(port)) return port;
  }
  throw new Error(`No port of 127.0.0.1 between ${FIRST_PORT} and ${LAST_PORT} is free.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
