import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

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
