import { accessSync, constants, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { takeLock, type ProcessLock } from './process-lock.ts';

/** Another portal runs on this data folder. */
export class DataFolderTaken extends Error {
  readonly pid: number;

  constructor(dataDir: string, pid: number) {
    super(
      `A portal already runs on ${dataDir}: process ${pid}. ` +
        'Stop it first, or give this one a data folder of its own with DATA_DIR (and another PORT).',
    );
    this.pid = pid;
  }
}

/** One portal per data folder, until `release()` or the end of the process, however it ends. */
export function claimDataFolder(dataDir: string): ProcessLock {
  makeDataFolder(dataDir);
  const lock = takeLock(join(resolve(dataDir), 'portal.lock'));
  if ('heldBy' in lock) throw new DataFolderTaken(resolve(dataDir), lock.heldBy);
  return lock;
}

/** Closed to other accounts: it holds mails and secrets. mkdir with a mode would close the parents it makes, too. */
export function makeDataFolder(dataDir: string): void {
  try {
    mkdirSync(dirname(resolve(dataDir)), { recursive: true });
    mkdirSync(dataDir, { mode: 0o700, recursive: true });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const why = (error as Error).message;
    throw new Error(`This account cannot use the data folder ${resolve(dataDir)} (${why}). Set DATA_DIR.`, {
      cause: error,
    });
  }
}
