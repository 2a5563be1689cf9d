import { spawnSync } from 'node:child_process';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { isAlive } from './embedded/postmaster.ts';

type Holder = { pid: number; started: string };

export type ProcessLock = { release(): void };

/**
 * Held by at most one process of this machine, named in the file. A process that was killed holds nothing: the
 * moment it was started is in the file, too, so that a later process with its pid is not taken for it.
 * Answers the holder's pid when somebody else has it.
 */
export function takeLock(file: string): ProcessLock | { heldBy: number } {
  const draft = `${file}.${process.pid}`;
  const own = JSON.stringify({ pid: process.pid, started: startOf(process.pid) });
  writeFileSync(draft, own, { mode: 0o600 });
  try {
    for (;;) {
      if (linkIfAbsent(draft, file)) return { release: () => removeIf(file, own) };
      const holder = readHolder(file);
      if (holder && isHeldBy(holder)) return { heldBy: holder.pid };
      removeIf(file, holder && JSON.stringify(holder));
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Like `takeLock`, for something that takes a moment; throws after `waitMs`. */
export async function awaitLock(file: string, waitMs: number): Promise<ProcessLock> {
  for (const end = Date.now() + waitMs; ; await pause(50)) {
    const lock = takeLock(file);
    if ('release' in lock) return lock;
    if (Date.now() > end) throw new Error(`Process ${lock.heldBy} has held ${file} for too long.`);
  }
}

function linkIfAbsent(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(file: string): Holder | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return null;
  }
}

// This process itself counts, too: two portals in one process would share the folder all the same.
function isHeldBy({ pid, started }: Holder): boolean {
  return isAlive(pid) && startOf(pid) === started;
}

// Moved away first and looked at then: between our look and the removal somebody else may have put its own there.
function removeIf(file: string, content: string | null): void {
  const aside = `${file}.${process.pid}.old`;
  try {
    renameSync(file, aside);
  } catch {
    return; // somebody else removed it
  }
  const isOther = content !== null && readFileSync(aside, 'utf8') !== content;
  if (isOther) linkIfAbsent(aside, file);
  rmSync(aside);
}

function startOf(pid: number): string {
  if (process.platform !== 'linux')
    return spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)]).stdout.toString();
  try {
    // After the name in parentheses, which may hold anything, the start is the 20th field; it counts from boot.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop()?.split(' ') ?? [];
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`;
  } catch {
    return 'gone';
  }
}
