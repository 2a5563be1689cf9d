import { inTenant } from '../database/in-tenant.ts';
import { claim, release } from '../database/queue.ts';
import type { ChargeDeps } from '../domain/gateway/charge-deps.ts';
import { advancePayment } from '../domain/payment/advance-payment.ts';
import { paymentQueue } from '../domain/payment/gateway-payment.ts';
import { serveDue, startQueueWorker, type QueueProcessor, type QueueWorker } from './queue-worker.ts';

/** Small, because a call of one payment may take as long as the lease. */
const BATCH_SIZE = 1;

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
      else for (const { id } of claimed) await advancePayment(deps, tenantId, id);
      return claimed.length === BATCH_SIZE;
    },
  };
}
