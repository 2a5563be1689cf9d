import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { identity, type Account } from './account.ts';
import {
  isAlive,
  isGoneWithin,
  isServing,
  livePostmaster,
  readPostmaster,
  stopPostmaster,
  type Postmaster,
} from './postmaster.ts';

export type Launch = {
  postgres: string;
  account: Account;
  clusterDir: string;
  logFile: string;
  port: number;
  settings: Record<string, string>;
};

/** A running server; `gone` settles when it has ended. It keeps no Node process alive, until told to stop. */
export type ServerProcess = { pid: number; gone: Promise<void>; stop(): Promise<void> };

// The shell outlives a portal killed with -9: its input then ends, and it asks the server to shut down.
const WATCH = `
exec 3<&0
"$@" 3<&- &
server=$!
{ while read -r _; do :; done <&3; kill -INT $server; } &
watcher=$!
exec 3<&-
wait $server
code=$?
kill $watcher 2>/dev/null
exit $code
`;

// Recovery after a crash may take long; a server that cannot start ends by itself.
const START_MS = 300_000;

/** Starts the server and waits until it accepts connections; throws with its log when it does not. */
export async function startServer(launch: Launch): Promise<ServerProcess> {
  const before = readPostmaster(launch.clusterDir);
  const { log, logStart } = openLog(launch.logFile);
  const child = spawnWatched(launch, log, before);
  closeSync(log);

  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const failed = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`));
  });
  const outcome = await Promise.race([failed, untilReady(launch.clusterDir, child, before)]);
  if (typeof outcome !== 'string') {
    child.unref();
    (child.stdin as Socket).unref();
    const { pid } = outcome;
    return { pid, gone, stop: () => stopServer(child, gone, launch.clusterDir, pid) };
  }

  child.stdin?.end();
  const said = readFileSync(launch.logFile).subarray(logStart).toString().trim();
  throw new Error(`PostgreSQL did not start in ${launch.clusterDir}: ${outcome}.\n${said}`);
}

async function stopServer(
  child: ChildProcess,
  gone: Promise<void>,
  clusterDir: string,
  pid: number,
): Promise<void> {
  // By now a portal may have taken the folder over: its server is not ours to stop.
  const isOurs = livePostmaster(clusterDir)?.pid === pid;
  child.ref();
  if (isOurs) stopPostmaster(clusterDir);
  await gone;
  // Its watching shell may have been killed before it.
  if (isOurs) await isGoneWithin(clusterDir, 10_000);
}

// Appended to, but never for ever: a start with a log of more than 10 MB begins a new one.
function openLog(logFile: string): { log: number; logStart: number } {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > 10_000_000) rmSync(logFile);
  const log = openSync(logFile, 'a', 0o600);
  return { log, logStart: fstatSync(log).size };
}

function spawnWatched(launch: Launch, log: number, before: Postmaster | null): ChildProcess {
  const settings = Object.entries(launch.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = [launch.postgres, '-D', launch.clusterDir, '-p', String(launch.port), ...settings];
  const [command = 'sh', ...args] = [
    ...launch.account.prefix,
    'sh',
    '-c',
    WATCH,
    'portico-postgres',
    ...server,
  ];
  return spawn(command, args, {
    ...identity(launch.account),
    cwd: '/',
    // In a session of its own: Ctrl-C in the terminal is for the portal, which drains first.
    detached: true,
    stdio: ['pipe', log, log],
    env: { PATH: process.env['PATH'], LC_ALL: 'C', ...ignoreStranger(launch.clusterDir, before) },
  });
}

// PostgreSQL refuses to start while the recorded pid lives, even when it is now somebody else's. This is how its
// own launcher says whom to overlook; removing the file would also skip the check for orphaned backends.
function ignoreStranger(clusterDir: string, before: Postmaster | null): Record<string, string> {
  if (!before || !isAlive(before.pid) || isServing(clusterDir, before.pid)) return {};
  return { PG_GRANDPARENT_PID: String(before.pid) };
}

async function untilReady(
  clusterDir: string,
  child: ChildProcess,
  before: Postmaster | null,
): Promise<Postmaster | string> {
  const end = Date.now() + START_MS;
  while (Date.now() < end && child.pid && child.exitCode === null && child.signalCode === null) {
    await pause(15);
    const now = readPostmaster(clusterDir);
    const isNew = now !== null && (now.pid !== before?.pid || isServing(clusterDir, now.pid));
    if (isNew && now.state === 'ready') return now;
  }
  return `it was not ready after ${START_MS / 1000} s`;
}
