import { readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The main process of a server, as its postmaster.pid describes it. */
export type Postmaster = { pid: number; port: number; isReady: boolean };

const STABLE_MS = 60_000;
const pidFile = (clusterDir: string) => join(clusterDir, 'postmaster.pid');

/** The postmaster that runs on the cluster. */
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

// After a crash the recorded pid may belong to any process; a server's working folder is its cluster.
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

/** PostgreSQL does not start while the recorded pid is alive, even if it belongs to another program by now. */
export function removeForeignPidFile(clusterDir: string): void {
  const recorded = readPidFile(clusterDir);
  if (recorded && isAlive(recorded.pid) && !isServing(clusterDir, recorded.pid)) rmSync(pidFile(clusterDir));
}

/** Waits while a server starts or stops; returns the one that is ready. */
export async function waitUntilStable(clusterDir: string): Promise<Postmaster | undefined> {
  for (const end = Date.now() + STABLE_MS; Date.now() < end; await pause(30)) {
    const postmaster = findPostmaster(clusterDir);
    if (!postmaster || postmaster.isReady) return postmaster;
  }
  throw new Error(`The PostgreSQL server in ${clusterDir} neither starts nor stops.`);
}

/** Returns whether the server exited in time. */
export async function waitForExit(clusterDir: string, timeoutMs: number): Promise<boolean> {
  for (const end = Date.now() + timeoutMs; findPostmaster(clusterDir); await pause(30)) {
    if (Date.now() > end) return false;
  }
  return true;
}

/** Requests a fast shutdown: clients are disconnected, committed data is written. */
export function stopPostmaster(clusterDir: string): void {
  const postmaster = findPostmaster(clusterDir);
  if (postmaster) process.kill(postmaster.pid, 'SIGINT');
}
