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
  /** Returns early, with part of its work done, once `isStopping` returns true. */
  run(deps: TaskDeps, isStopping: () => boolean): Promise<void>;
}

export interface RunningSchedules {
  /** Starts no further task and waits for those that are running. */
  stop(): Promise<void>;
}

const FIRST_DELAY_SECONDS = 5;
const allSchedules: readonly Schedule[] = [purgeExpired, sealAudit, auditPartitions];

/** Runs each schedule in a loop of its own. Several processes may run the same schedules. */
export function startSchedules(
  deps: TaskDeps,
  schedules: readonly Schedule[] = allSchedules,
): RunningSchedules {
  const stopping = new AbortController();
  const loops = schedules.map((schedule) => repeat(schedule, deps, stopping.signal));
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

async function repeat(schedule: Schedule, deps: TaskDeps, stopping: AbortSignal): Promise<void> {
  const first = Math.min(FIRST_DELAY_SECONDS, schedule.everySeconds);
  let failures = 0;
  for (let wait = first; await waitUnlessStopped(wait, stopping); wait = nextWait(schedule, failures)) {
    try {
      await schedule.run(deps, () => stopping.aborted);
      failures = 0;
    } catch (error) {
      failures += 1;
      deps.log.error({ err: error, task: schedule.name, failures }, 'a task failed; it is tried again');
    }
  }
}

/** After a failure the delay starts short and doubles up to the regular interval. */
function nextWait({ everySeconds }: Schedule, failures: number): number {
  return failures === 0 ? everySeconds : Math.min(FIRST_DELAY_SECONDS * 2 ** (failures - 1), everySeconds);
}

/** Returns false when it was stopped. Varies by 20 %, so that processes started together do not stay in step. */
async function waitUnlessStopped(seconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await pause(seconds * 1000 * (0.8 + Math.random() * 0.4), undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
