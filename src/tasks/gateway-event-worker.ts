import { inTenant } from '../database/in-tenant.ts';
import { claim, release } from '../database/queue.ts';
import type { ChargeDeps } from '../domain/gateway/charge-deps.ts';
import { gatewayEventQueue } from '../domain/gateway/gateway-events.ts';
import { processEvent } from '../domain/gateway/process-event.ts';
import { serveDue, startQueueWorker, type QueueProcessor, type QueueWorker } from './queue-worker.ts';

const BATCH_SIZE = 1;

export function startGatewayEventWorker(deps: ChargeDeps): QueueWorker {
  return startQueueWorker(deps, eventProcessor(deps));
}

/** Processes every event that is due. */
export function processDueEvents(deps: ChargeDeps): Promise<void> {
  return serveDue(deps, eventProcessor(deps));
}

function eventProcessor(deps: ChargeDeps): QueueProcessor {
  return {
    queue: gatewayEventQueue,
    concurrency: 4,
    serve: async (tenantId, stop) => {
      const claimed = await inTenant(deps.database, tenantId, (db) =>
        claim(db, gatewayEventQueue, BATCH_SIZE),
      );
      if (stop?.isStopping())
        await inTenant(deps.database, tenantId, (db) => release(db, gatewayEventQueue, claimed));
      else for (const event of claimed) await processEvent(deps, tenantId, event);
      return claimed.length === BATCH_SIZE;
    },
  };
}
