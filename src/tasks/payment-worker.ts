import { inTenant } from '../database/in-tenant.ts';
import { claim, release, type Claimed } from '../database/queue.ts';
import type { ChargeDeps } from '../domain/gateway/charge-deps.ts';
import { advancePayment } from '../domain/payment/advance-payment.ts';
import { paymentQueue } from '../domain/payment/gateway-payment.ts';
import { serveDue, startQueueWorker, type QueueProcessor, type QueueWorker } from './queue-worker.ts';

/** Of one tenant at the same time, because the calls of a payment may take as long as the lease. */
const BATCH_SIZE = 8;

export function startPaymentWorker(deps: ChargeDeps): QueueWorker {
  return startQueueWorker(deps, paymentProcessor(deps));
}

/** Goes on with every payment that is due. */
export function advanceDuePayments(deps: ChargeDeps): Promise<void> {
  return serveDue(deps, paymentProcessor(deps));
}

function paymentProcessor(deps: ChargeDeps): QueueProcessor {
  return {
    queue: paymentQueue,
    concurrency: 4,
    serve: async (tenantId, stop) => {
      const claimed = await inTenant(deps.database, tenantId, (db) => claim(db, paymentQueue, BATCH_SIZE));
      if (stop?.isStopping())
        await inTenant(deps.database, tenantId, (db) => release(db, paymentQueue, claimed));
      else await advanceAll(deps, tenantId, claimed);
      return claimed.length === BATCH_SIZE;
    },
  };
}

/** @throws the first error, after all payments */
async function advanceAll(deps: ChargeDeps, tenantId: string, claimed: readonly Claimed[]): Promise<void> {
  const results = await Promise.allSettled(claimed.map(({ id }) => advancePayment(deps, tenantId, id)));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
