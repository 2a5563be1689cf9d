import { BATCH, deliverBatch, type MailDeps, type Stopping } from '../mail/deliver.ts';
import { Alarm } from './wakeup.ts';
import { MailTurns } from './tenant-scheduler.ts';

export interface MailWorker {
  /** A mail was queued by this process: look now, do not wait for the next poll. */
  nudge(): void;
  /** Finishes the mails being sent, for at most `graceMs`, and takes no new ones. */
  stop(graceMs?: number): Promise<void>;
}

/** Tenants served at the same time; a mail that takes long holds up one lane. */
const LANES = 4;

const LONGEST_BACKOFF_MS = 15_000;

/** Delivers due mail until it is stopped. Outlives outages of the database. */
export function startMailWorker(deps: MailDeps): MailWorker {
  const alarm = new Alarm();
  const abort = new AbortController();
  const stopping = { is: false };
  const running = serve(deps, alarm, { isStopping: () => stopping.is, signal: abort.signal });

  return {
    nudge: () => alarm.ring(),
    stop: async (graceMs = 20_000) => {
      stopping.is = true;
      alarm.ring();
      const tooLong = setTimeout(() => abort.abort(), graceMs);
      await running;
      clearTimeout(tooLong);
    },
  };
}

/** Delivers what is due now, and ends. */
export async function deliverDue(deps: MailDeps): Promise<void> {
  const turns = new MailTurns(deps.database);
  let tenantId = await turns.next();
  while (tenantId) {
    turns.done(tenantId, (await deliverBatch(deps, tenantId)) === BATCH);
    tenantId = await turns.next();
  }
}

async function serve(deps: MailDeps, alarm: Alarm, stopping: Required<Stopping>): Promise<void> {
  const turns = new MailTurns(deps.database);
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
          if (hasMore) alarm.ring();
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
  turns: MailTurns,
  tenantId: string,
  stopping: Stopping,
): Promise<boolean> {
  try {
    const hasMore = (await deliverBatch(deps, tenantId, stopping)) === BATCH;
    turns.done(tenantId, hasMore);
    return hasMore;
  } catch (error) {
    turns.failed(tenantId);
    deps.log.warn({ err: error, tenant: tenantId }, 'mails of a tenant could not be delivered');
    return false;
  }
}
