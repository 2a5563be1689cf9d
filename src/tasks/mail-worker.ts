import { BATCH_SIZE, deliverBatch, type MailDeps, type StopSignals } from '../mail/deliver.ts';
import { TenantScheduler } from './tenant-scheduler.ts';

export interface MailWorker {
  wake(): void;
  /** Claims no more emails and finishes those being sent, for at most `graceMs`. */
  stop(graceMs?: number): Promise<void>;
}

const CONCURRENCY = 4;

const MAX_BACKOFF_MS = 15_000;

export function startMailWorker(deps: MailDeps): MailWorker {
  const wakeup = new Wakeup();
  const abort = new AbortController();
  let isStopping = false;
  const running = deliverUntilStopped(deps, wakeup, {
    isStopping: () => isStopping,
    signal: abort.signal,
  });

  return {
    wake: () => wakeup.notify(),
    stop: async (graceMs = 20_000) => {
      isStopping = true;
      wakeup.notify();
      const timeout = setTimeout(() => abort.abort(), graceMs);
      await running;
      clearTimeout(timeout);
    },
  };
}

export async function deliverDue(deps: MailDeps): Promise<void> {
  const scheduler = new TenantScheduler(deps);
  let tenantId = await scheduler.next();
  while (tenantId) {
    scheduler.done(tenantId, (await deliverBatch(deps, tenantId)) === BATCH_SIZE);
    tenantId = await scheduler.next();
  }
}

async function deliverUntilStopped(
  deps: MailDeps,
  wakeup: Wakeup,
  stop: Required<StopSignals>,
): Promise<void> {
  const scheduler = new TenantScheduler(deps);
  const running = new Set<Promise<void>>();
  let failures = 0;
  while (!stop.isStopping()) {
    try {
      const tenantId = await scheduler.next();
      failures = 0;
      if (tenantId) {
        const delivery = serveTenant(deps, scheduler, tenantId, stop).then((hasMore) => {
          running.delete(delivery);
          // The loop may be sleeping until the next poll.
          if (hasMore) wakeup.notify();
        });
        running.add(delivery);
        if (running.size >= CONCURRENCY) await Promise.race(running);
      } else {
        // Random, so that workers do not poll at the same time.
        await wakeup.sleep(500 + Math.random() * 1_500);
      }
    } catch (error) {
      failures += 1;
      deps.log.warn({ err: error }, 'the outbox could not be read; trying again');
      await wakeup.sleep(Math.min(500 * 2 ** failures, MAX_BACKOFF_MS));
    }
  }
  await Promise.all(running);
}

/** Returns whether more emails may be due. Does not throw, so that other tenants do not wait. */
async function serveTenant(
  deps: MailDeps,
  scheduler: TenantScheduler,
  tenantId: string,
  stop: StopSignals,
): Promise<boolean> {
  try {
    const hasMore = (await deliverBatch(deps, tenantId, stop)) === BATCH_SIZE;
    scheduler.done(tenantId, hasMore);
    return hasMore;
  } catch (error) {
    scheduler.failed(tenantId);
    deps.log.warn({ err: error, tenant: tenantId }, 'emails of a tenant could not be delivered');
    return false;
  }
}

/** An interruptible sleep. A notification while nothing sleeps ends the next sleep immediately. */
class Wakeup {
  #isNotified = false;
  #interrupt = () => {};

  notify(): void {
    this.#isNotified = true;
    this.#interrupt();
  }

  async sleep(ms: number): Promise<void> {
    if (!this.#isNotified) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#interrupt = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#isNotified = false;
  }
}
