import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { queueTask, taskTarget } from '../task/task-actions.ts';

/** Returns the id of the task, which bills the rentals through today. */
export async function requestRun(db: TenantDb, actor: Actor): Promise<string> {
  const task = { kind: 'billing-run', input: { kind: 'rent' } } as const;
  const id = await queueTask(db, { ...task, requested_by: actor.id });
  recordAudit(db, actor, { event: 'billing_run.requested', target: taskTarget({ id, ...task }) });
  return id;
}
