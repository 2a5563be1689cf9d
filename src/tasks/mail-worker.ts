import { emailQueue } from '../domain/email/queue-email.ts';
import { BATCH_SIZE, deliverBatch, type MailDeps } from '../mail/deliver.ts';
import { serveDue, startQueueWorker, type QueueProcessor, type QueueWorker } from './queue-worker.ts';

export function startMailWorker(deps: MailDeps): QueueWorker {
  return startQueueWorker(deps, mailProcessor(deps));
}

/** Delivers every email that is due. */
export function deliverDue(deps: MailDeps): Promise<void> {
  return serveDue(deps, mailProcessor(deps));
}

function mailProcessor(deps: MailDeps): QueueProcessor {
  return {
    queue: emailQueue,
    concurrency: 4,
    serve: async (tenantId, stop) => (await deliverBatch(deps, tenantId, stop)) === BATCH_SIZE,
  };
}
