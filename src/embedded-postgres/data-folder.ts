import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The embedded PostgreSQL or its data folder cannot be used; the message says what to do. */
export class EmbeddedPostgresError extends Error {}

/** @throws {EmbeddedPostgresError} when this account cannot use the folder */
export function createDataFolder(dataDir: string): void {
  const folder = resolve(dataDir);
  try {
    // mkdir applies its mode also to the parents that it creates.
    mkdirSync(dirname(folder), { recursive: true });
    mkdirSync(folder, { mode: 0o700, recursive: true });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const reason = (cause as Error).message;
    const message = `This account cannot use the data folder ${folder} (${reason}). Set DATA_DIR.`;
    throw new EmbeddedPostgresError(message, { cause });
  }
}

/** The claim ends with `release()` or with the process, even after kill -9. */
export function claimDataFolder(dataDir: string): { release(): void } {
  createDataFolder(dataDir);
  const file = join(resolve(dataDir), 'portal.lock');
  // The start time distinguishes this process from a later one with the same pid.
  const own = `${process.pid} ${startTimeOf(process.pid)}`;
  while (!createFile(file, own)) {
    const content = readIfExists(file);
    const [pid = '', startTime] = content.split(' ');
    if (startTime && startTimeOf(Number(pid)) === startTime) {
      throw new EmbeddedPostgresError(
        `A portal already runs on ${resolve(dataDir)}: process ${pid}. ` +
          'Stop it first, or give this one its own data folder with DATA_DIR (and another PORT).',
      );
    }
    removeStaleLock(file, content);
  }
  return { release: () => rmSync(file, { force: true }) };
}

/** Atomic: no other process sees a partly written file. Returns false if the file exists. */
export function createFile(file: string, content: string): boolean {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  return moveIfAbsent(draft, file);
}

function moveIfAbsent(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(from);
  }
}

function removeStaleLock(file: string, content: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  // Another portal may have replaced the stale lock since it was read.
  if (readIfExists(aside) === content) rmSync(aside);
  else moveIfAbsent(aside, file);
}

function readIfExists(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** In a format of the operating system; undefined if the process does not run. */
function startTimeOf(pid: number): string | undefined {
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return stdout.trim().replaceAll(' ', '-') || undefined;
  }
  // proc_pid_stat(5): after the name in parentheses come the state (1st) and the start time (20th field).
  const fields = readIfExists(`/proc/${pid}/stat`).split(') ').pop()?.split(' ') ?? [];
  return fields[0] === 'Z' ? undefined : fields[19];
}
