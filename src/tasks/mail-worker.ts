import { BATCH_SIZE, deliverBatch, type MailDeps, type StopSignals } from '../mail/deliver.ts';
import { TenantScheduler } from './tenant-scheduler.ts';

export interface MailWorker {
  /** A mail was queued by this process: look now, do not wait for the next poll. */
  wake(): void;
  /** Finishes the mails being sent, for at most `graceMs`, and takes no new ones. */
  stop(graceMs?: number): Promise<void>;
}

/** Tenants served at the same time; a mail that takes long holds up one lane. */
const LANES = 4;

const LONGEST_BACKOFF_MS = 15_000;

/** Delivers due mail until it is stopped. Outlives outages of the database. */
export function startMailWorker(deps: MailDeps): MailWorker {
  const alarm = new Wakeup();
  const abort = new AbortController();
  const stopping = { is: false };
  const running = serve(deps, alarm, { isStopping: () => stopping.is, signal: abort.signal });

  return {
    wake: () => alarm.notify(),
    stop: async (graceMs = 20_000) => {
      stopping.is = true;
      alarm.notify();
      const tooLong = setTimeout(() => abort.abort(), graceMs);
      await running;
      clearTimeout(tooLong);
    },
  };
}

/** Delivers what is due now, and ends. */
export async function deliverDue(deps: MailDeps): Promise<void> {
  const turns = new TenantScheduler(deps.database);
  let tenantId = await turns.next();
  while (tenantId) {
    turns.done(tenantId, (await deliverBatch(deps, tenantId)) === BATCH_SIZE);
    tenantId = await turns.next();
  }
}

async function serve(deps: MailDeps, alarm: Wakeup, stopping: Required<StopSignals>): Promise<void> {
  const turns = new TenantScheduler(deps.database);
  const lanes = new Set<Promise<void>>();
  let failures = 0;
  while (!stopping.isStopping()) {
    try {
      const tenantId = await turns.next();
      failures = 0;
      if (tenantId) {
        const lane = serveTenant(deps, turns, tenantId, stopping).then((hasMore) => {
          lanes.delete(lane);
          // Nobody else may have been due, and the next look be a second away.
          if (hasMore) alarm.notify();
        });
        lanes.add(lane);
        if (lanes.size >= LANES) await Promise.race(lanes);
      } else {
        // Jittered, so that several workers do not look at the same moment.
        await alarm.sleep(500 + Math.random() * 1_500);
      }
    } catch (error) {
      failures += 1;
      deps.log.warn({ err: error }, 'the outbox could not be read; trying again');
      await alarm.sleep(Math.min(500 * 2 ** failures, LONGEST_BACKOFF_MS));
    }
  }
  await Promise.all(lanes);
}

/**
 * One turn; answers whether there may be more. What goes wrong for one tenant must not keep the others waiting, so it
 * is logged and goes no further.
 */
async function serveTenant(
  deps: MailDeps,
  turns: TenantScheduler,
  tenantId: string,
  stopping: StopSignals,
): Promise<boolean> {
  try {
    const hasMore = (await deliverBatch(deps, tenantId, stopping)) === BATCH_SIZE;
    turns.done(tenantId, hasMore);
    return hasMore;
  } catch (error) {
    turns.failed(tenantId);
    deps.log.warn({ err: error, tenant: tenantId }, 'mails of a tenant could not be delivered');
    return false;
  }
}

/** A sleep that can be cut short. Rung while nobody sleeps, it cuts the next one short. */
export class Wakeup {
  #isRung = false;
  #wake = () => {};

  notify(): void {
    this.#isRung = true;
    this.#wake();
  }

  async sleep(ms: number): Promise<void> {
    if (!this.#isRung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#isRung = false;
  }
}
