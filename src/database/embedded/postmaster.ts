import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** What a server writes into postmaster.pid while it lives. */
export type Postmaster = { pid: number; port: number; state: string };

export function readPostmaster(clusterDir: string): Postmaster | null {
  const lines = readLines(join(clusterDir, 'postmaster.pid'));
  const pid = Number(lines[0]);
  return pid > 0 ? { pid, port: Number(lines[3]), state: (lines[7] ?? '').trim() } : null;
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** After a crash the recorded pid may by now be any other process: a server's working folder is its cluster. */
export function isServing(clusterDir: string, pid: number): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(clusterDir);
  } catch {
    return false;
  }
}

export function livePostmaster(clusterDir: string): Postmaster | null {
  const postmaster = readPostmaster(clusterDir);
  return postmaster && isServing(clusterDir, postmaster.pid) ? postmaster : null;
}

/** A server that is coming up or going down is waited for: it will be one or the other in a moment. */
export async function settledPostmaster(clusterDir: string): Promise<Postmaster | null> {
  for (const end = Date.now() + 60_000; Date.now() < end; await pause(30)) {
    const found = livePostmaster(clusterDir);
    if (!found || found.state === 'ready') return found;
  }
  throw new Error(`The PostgreSQL server in ${clusterDir} neither starts nor stops.`);
}

/** Waits for somebody else's server to end by itself; after `patienceMs` asks it to. */
export async function outlastPostmaster(clusterDir: string, patienceMs: number): Promise<void> {
  if (await isGoneWithin(clusterDir, patienceMs)) return;
  stopPostmaster(clusterDir);
  if (await isGoneWithin(clusterDir, 60_000)) return;
  throw new Error(`Another PostgreSQL server holds ${clusterDir} and does not stop.`);
}

/** A fast shutdown: clients are disconnected, what was committed is written. */
export function stopPostmaster(clusterDir: string): void {
  const live = livePostmaster(clusterDir);
  if (live) process.kill(live.pid, 'SIGINT');
}

export async function isGoneWithin(clusterDir: string, ms: number): Promise<boolean> {
  for (const end = Date.now() + ms; livePostmaster(clusterDir); await pause(30)) {
    if (Date.now() > end) return false;
  }
  return true;
}
