import { deliverNext, type DeliveryDeps } from '../gateways/sandbox/deliver-events.ts';
import { sandboxEventQueue } from '../gateways/sandbox/events.ts';
import { serveDue, startQueueWorker, type QueueProcessor, type QueueWorker } from './queue-worker.ts';

/** Delivers the events of the sandbox to the webhooks of the tenants. */
export function startSandboxWorker(deps: DeliveryDeps): QueueWorker {
  return startQueueWorker(deps, sandboxProcessor(deps));
}

/** Delivers every event that is due. */
export function deliverDueEvents(deps: DeliveryDeps): Promise<void> {
  return serveDue(deps, sandboxProcessor(deps));
}

function sandboxProcessor(deps: DeliveryDeps): QueueProcessor {
  return { queue: sandboxEventQueue, concurrency: 2, serve: (tenantId) => deliverNext(deps, tenantId) };
}
