import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config.ts';
import type { Database } from '../database/pools.ts';
import type { Log } from '../log.ts';
import { queueBillingRuns } from './billing-runs.ts';
import { correctRentings } from './correct-renting.ts';
import { continuePaymentMethods } from './payment-methods.ts';
import { purgeExpired } from './purge-expired.ts';
import { purgeFiles } from './purge-files.ts';
import { refreshDashboards } from './refresh-dashboards.ts';
import { createAuditPartitions, logAuditHeads, sealAudit } from './seal-audit.ts';
import { verifyLedgers } from './verify-ledgers.ts';

export interface ScheduleDeps {
  database: Database;
  config: Config;
  log: Log;
}

export interface Schedule {
  name: string;
  everySeconds: number;
  /** Must return early when `isStopping` returns true. */
  run(deps: ScheduleDeps, isStopping: () => boolean): Promise<void>;
}

export interface RunningSchedules {
  /** Waits for running schedules. */
  stop(): Promise<void>;
}

const FIRST_DELAY_SECONDS = 5;
export const allSchedules: readonly Schedule[] = [
  queueBillingRuns,
  refreshDashboards,
  continuePaymentMethods,
  purgeFiles,
  purgeExpired,
  sealAudit,
  logAuditHeads,
  createAuditPartitions,
  verifyLedgers,
  correctRentings,
];

/** Several processes may run the same schedules. */
export function startSchedules(
  deps: ScheduleDeps,
  schedules: readonly Schedule[] = allSchedules,
): RunningSchedules {
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const loops = schedules.map((schedule) => repeat(schedule, deps, stopping.signal));
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

async function repeat(schedule: Schedule, deps: ScheduleDeps, stopping: AbortSignal): Promise<void> {
  const first = Math.min(FIRST_DELAY_SECONDS, schedule.everySeconds);
  let failures = 0;
  for (let wait = first; await waitUnlessStopped(wait, stopping); wait = nextWait(schedule, failures)) {
    try {
      await schedule.run(deps, () => stopping.aborted);
      failures = 0;
    } catch (error) {
      failures += 1;
      deps.log.error(
        { err: error, schedule: schedule.name, failures },
        'a schedule failed; it is tried again',
      );
    }
  }
}

function nextWait({ everySeconds }: Schedule, failures: number): number {
  return failures === 0 ? everySeconds : Math.min(FIRST_DELAY_SECONDS * 2 ** (failures - 1), everySeconds);
}

/** Returns false if it was stopped. The 20 % jitter spreads processes that were started together. */
async function waitUnlessStopped(seconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await pause(seconds * 1000 * (0.8 + Math.random() * 0.4), undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
