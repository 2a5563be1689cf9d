import { findDueTenants } from '../mail/claim-emails.ts';
import { BATCH, deliverBatch, type MailDeps, type Stopping } from '../mail/deliver.ts';

export interface MailWorker {
  /** A mail was queued by this process: look now, do not wait for the next poll. */
  nudge(): void;
  /** Finishes the mails being sent, for at most `graceMs`, and takes no new ones. */
  stop(graceMs?: number): Promise<void>;
}

/** Tenants served at the same time; a mail server that is slow for one holds up one lane. */
const LANES = 4;

/** A long backlog is looked over anew this often, so that whoever has come meanwhile gets a turn. */
const ROUND_MS = 1_000;

const LONGEST_BACKOFF_MS = 15_000;

/** Delivers due mail until it is stopped. Outlives outages of the database. */
export function startMailWorker(deps: MailDeps): MailWorker {
  const abort = new AbortController();
  let isStopping = false;
  let isNudged = false;
  let wake = () => {};

  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      if (isNudged || isStopping) return resolve();
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const running = (async () => {
    let failures = 0;
    while (!isStopping) {
      isNudged = false;
      try {
        const claimed = await deliverRound(deps, { isStopping: () => isStopping, signal: abort.signal });
        failures = 0;
        if (claimed === 0) await sleep(500 + Math.random() * 1_500);
      } catch (error) {
        failures += 1;
        deps.log.warn({ err: error }, 'the outbox could not be read or written; trying again');
        await sleep(Math.min(500 * 2 ** failures, LONGEST_BACKOFF_MS));
      }
    }
  })();

  return {
    nudge: () => {
      isNudged = true;
      wake();
    },
    stop: async (graceMs = 20_000) => {
      isStopping = true;
      wake();
      const tooLong = setTimeout(() => abort.abort(), graceMs);
      await running;
      clearTimeout(tooLong);
    },
  };
}

/** One turn for each tenant with due mail, and further turns for those with more. */
export async function deliverRound(deps: MailDeps, stopping: Stopping = {}): Promise<number> {
  const turns = await findDueTenants(deps.database);
  const end = Date.now() + ROUND_MS;
  const first = turns.length;
  let taken = 0;
  let claimed = 0;

  const lane = async () => {
    // Everybody due gets a turn; second turns only while the round lasts.
    while (turns.length > 0 && !stopping.isStopping?.() && (taken < first || Date.now() < end)) {
      const tenantId = turns.shift()!;
      taken += 1;
      const batch = await deliverBatchOf(deps, tenantId, stopping);
      claimed += batch;
      if (batch === BATCH) turns.push(tenantId);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return claimed;
}

/** What goes wrong for one tenant must not keep the others waiting. */
async function deliverBatchOf(deps: MailDeps, tenantId: string, stopping: Stopping): Promise<number> {
  try {
    return await deliverBatch(deps, tenantId, stopping);
  } catch (error) {
    deps.log.warn({ err: error, tenant: tenantId }, 'mails of a tenant could not be delivered');
    return 0;
  }
}
