import { readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The main process of a PostgreSQL server, read from postmaster.pid. */
export type Postmaster = { pid: number; port: number; isReady: boolean };

const STABLE_TIMEOUT_MS = 60_000;
const pidFile = (clusterDir: string) => join(clusterDir, 'postmaster.pid');

export function findPostmaster(clusterDir: string): Postmaster | undefined {
  const postmaster = readPidFile(clusterDir);
  return postmaster && isServing(clusterDir, postmaster.pid) ? postmaster : undefined;
}

function readPidFile(clusterDir: string): Postmaster | undefined {
  try {
    const lines = readFileSync(pidFile(clusterDir), 'utf8').split('\n');
    return { pid: Number(lines[0]), port: Number(lines[3]), isReady: lines[7]?.trim() === 'ready' };
  } catch {
    return undefined;
  }
}

// After a crash the recorded pid may belong to another program; the working directory of a server is its cluster.
function isServing(clusterDir: string, pid: number): boolean {
  if (process.platform !== 'linux') return isAlive(pid);
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(clusterDir);
  } catch {
    return false;
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** PostgreSQL does not start while the recorded pid is alive, even when it belongs to another program. */
export function removeForeignPidFile(clusterDir: string): void {
  const recorded = readPidFile(clusterDir);
  if (recorded && isAlive(recorded.pid) && !isServing(clusterDir, recorded.pid)) rmSync(pidFile(clusterDir));
}

/** Waits while a server starts or stops; returns undefined when none runs. */
export async function waitUntilStable(clusterDir: string): Promise<Postmaster | undefined> {
  for (const end = Date.now() + STABLE_TIMEOUT_MS; Date.now() < end; await pause(30)) {
    const postmaster = findPostmaster(clusterDir);
    if (!postmaster || postmaster.isReady) return postmaster;
  }
  throw new Error(`The PostgreSQL server in ${clusterDir} neither starts nor stops.`);
}

export async function waitForExit(clusterDir: string, timeoutMs: number): Promise<boolean> {
  for (const end = Date.now() + timeoutMs; findPostmaster(clusterDir); await pause(30)) {
    if (Date.now() > end) return false;
  }
  return true;
}

/** SIGINT requests a fast shutdown: clients are disconnected, committed data is written. */
export function stopPostmaster(clusterDir: string): void {
  const postmaster = findPostmaster(clusterDir);
  if (postmaster) process.kill(postmaster.pid, 'SIGINT');
}
