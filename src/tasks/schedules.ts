import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config.ts';
import type { Database } from '../database/pools.ts';
import type { Log } from '../log.ts';
import { purgeExpired } from './purge-expired.ts';
import { auditPartitions, sealAudit } from './seal-audit.ts';

export interface TaskDeps {
  database: Database;
  config: Config;
  log: Log;
}

export interface Schedule {
  name: string;
  everySeconds: number;
  /** Ends early when `isStopping` says so; what was done by then stays done. */
  run(deps: TaskDeps, isStopping: () => boolean): Promise<void>;
}

export interface RunningSchedules {
  /** Waits for what is being done; begins nothing more. */
  stop(): Promise<void>;
}

const FIRST_SECONDS = 5;
const jobs: readonly Schedule[] = [purgeExpired, sealAudit, auditPartitions];

/** What has to be done every so often, each in a loop of its own. Several processes may run the same jobs. */
export function startSchedules(deps: TaskDeps, chosen: readonly Schedule[] = jobs): RunningSchedules {
  const stopping = new AbortController();
  const loops = chosen.map((job) => repeat(job, deps, stopping.signal));
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

async function repeat(job: Schedule, deps: TaskDeps, stopping: AbortSignal): Promise<void> {
  const first = Math.min(FIRST_SECONDS, job.everySeconds);
  let failures = 0;
  for (let wait = first; await isStillRunning(wait, stopping); wait = nextWait(job, failures)) {
    try {
      await job.run(deps, () => stopping.aborted);
      failures = 0;
    } catch (error) {
      failures += 1;
      deps.log.error({ err: error, job: job.name, failures }, 'a job failed; it is tried again');
    }
  }
}

/** A failed job is tried again sooner than its turn, and then less and less often. */
function nextWait({ everySeconds }: Schedule, failures: number): number {
  return failures === 0 ? everySeconds : Math.min(FIRST_SECONDS * 2 ** (failures - 1), everySeconds);
}

/** False when it was stopped meanwhile. A fifth more or less, so that processes started together drift apart. */
async function isStillRunning(seconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await pause(seconds * 1000 * (0.8 + Math.random() * 0.4), undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
