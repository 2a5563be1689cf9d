import type { TenantAccess } from '../database/in-tenant.ts';
import type { TaskParams } from '../domain/task/task.ts';
import type { Progress, TaskKind } from './task-kind.ts';

/** For commands: commits the batches of a kind one after the other. */
export async function runWithoutTask<Input extends TaskParams, Cursor>(
  kind: TaskKind<Input, Cursor>,
  input: Input,
  tenant: TenantAccess,
): Promise<TaskParams> {
  const progress: Progress<Cursor> = { cursor: null, done: 0, total: null };
  const batches = kind.run(input, progress, tenant, '');
  for (;;) {
    const next = await batches.next();
    if (next.done) return next.value;
    await tenant.inTenant(next.value);
  }
}
