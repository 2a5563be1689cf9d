import { dueTenants, onWakeUp, type Queue } from '../database/queue.ts';
import type { ScanDeps } from '../database/scan-tenants.ts';
import type { Log } from '../log.ts';
import { TenantScheduler } from './tenant-scheduler.ts';

export interface QueueWorker {
  /** Claims no more rows and finishes the current work, for at most `graceMs`. */
  stop(graceMs?: number): Promise<void>;
  /** Resolves when the worker was stopped, or nothing was due for `maxIdleMs`. */
  ended: Promise<void>;
}

export interface StopSignals {
  isStopping: () => boolean;
  signal: AbortSignal;
}

export interface QueueProcessor {
  queue: Queue;
  /** How many tenants are served at the same time. */
  concurrency: number;
  /** Claims and processes a few due rows of a tenant. Returns whether more may be due. */
  serve: (tenantId: string, stop?: StopSignals) => Promise<boolean>;
  /** The worker ends when nothing was due for so long. The default is never. */
  maxIdleMs?: number;
}

const MAX_BACKOFF_MS = 5_000;

/** Several processes may run workers of the same queue. */
export function startQueueWorker(deps: ScanDeps, processor: QueueProcessor): QueueWorker {
  const wakeup = new Wakeup();
  const abort = new AbortController();
  let isStopping = false;
  const removeListener = onWakeUp(processor.queue, () => wakeup.notify());
  const running = serveUntilStopped(deps, processor, wakeup, {
    isStopping: () => isStopping,
    signal: abort.signal,
  });

  return {
    stop: async (graceMs = 20_000) => {
      isStopping = true;
      removeListener();
      wakeup.notify();
      const timeout = setTimeout(() => abort.abort(), graceMs);
      await running;
      clearTimeout(timeout);
    },
    ended: running,
  };
}

/** Serves one tenant after the other until nothing is due. */
export async function serveDue(deps: ScanDeps, { queue, serve }: QueueProcessor): Promise<void> {
  const scheduler = schedulerOf(deps, queue);
  let tenantId = await scheduler.next();
  while (tenantId) {
    scheduler.done(tenantId, await serve(tenantId));
    tenantId = await scheduler.next();
  }
}

async function serveUntilStopped(
  deps: ScanDeps,
  { queue, concurrency, serve, maxIdleMs = Infinity }: QueueProcessor,
  wakeup: Wakeup,
  stop: StopSignals,
): Promise<void> {
  const scheduler = schedulerOf(deps, queue, stop.isStopping);
  const running = new Set<Promise<void>>();
  let failures = 0;
  let lastDueAt = performance.now();
  while (!stop.isStopping()) {
    try {
      const tenantId = await scheduler.next();
      failures = 0;
      if (stop.isStopping()) break;
      if (tenantId || running.size > 0) lastDueAt = performance.now();
      else if (performance.now() - lastDueAt > maxIdleMs) break;
      if (tenantId) {
        const serving = serveTenant(scheduler, tenantId, deps.log, () => serve(tenantId, stop)).then(
          (hasMore) => {
            running.delete(serving);
            // The loop may be sleeping until the next poll.
            if (hasMore) wakeup.notify();
          },
        );
        running.add(serving);
        if (running.size >= concurrency) await Promise.race(running);
      } else {
        // Random, so that workers do not poll at the same time.
        await wakeup.sleep(500 + Math.random() * 1_500);
      }
    } catch (error) {
      failures += 1;
      deps.log.warn({ err: error, queue: queue.table }, 'a queue could not be read; trying again');
      await wakeup.sleep(Math.min(500 * 2 ** failures, MAX_BACKOFF_MS));
    }
  }
  await Promise.all(running);
}

function schedulerOf(deps: ScanDeps, queue: Queue, isStopping?: () => boolean): TenantScheduler {
  const find = dueTenants(queue);
  return new TenantScheduler(() => find(deps, isStopping));
}

/** Returns whether more rows may be due. Does not throw, so that other tenants do not wait. */
async function serveTenant(
  scheduler: TenantScheduler,
  tenantId: string,
  log: Log,
  serve: () => Promise<boolean>,
): Promise<boolean> {
  try {
    const hasMore = await serve();
    scheduler.done(tenantId, hasMore);
    return hasMore;
  } catch (error) {
    scheduler.failed(tenantId);
    log.warn({ err: error, tenant: tenantId }, 'a tenant could not be served; it is tried again');
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
