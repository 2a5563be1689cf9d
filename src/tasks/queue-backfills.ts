import type { PlatformDb } from '../database/as-platform.ts';
import { batchesOf } from '../database/batches.ts';
import { pick, selectRows } from '../database/columns.ts';
import type { Row } from '../database/tables.ts';
import type { Actor } from '../domain/actor.ts';
import { recordAudit } from '../domain/audit/record-audit.ts';
import { newTaskRow, taskTarget } from '../domain/task/task-actions.ts';
import type { TaskParams } from '../domain/task/task.ts';

/**
 * Queues a task for each of the tenants, except where one has not begun yet. One that has begun may have processed rows
 * with an older version, so another processes all rows again. Returns how many.
 */
export async function queueBackfill(db: PlatformDb, name: string, tenantIds: readonly string[]) {
  const found = await selectRows(
    unfinishedBackfills(db, name).where({ state: 'queued' }).whereNull('cursor'),
    pick('tasks', 'tenant_id'),
  );
  const waiting = new Set(found.map(({ tenant_id }) => tenant_id));
  const rows = tenantIds
    .filter((id) => !waiting.has(id))
    .map((tenant_id) => ({
      ...newTaskRow({ kind: 'backfill', input: { name }, requested_by: null }),
      tenant_id,
    }));
  for (const batch of batchesOf(rows)) await db.from('tasks').insert(batch);
  return rows.length;
}

/** In one tenant or in all, also when the name is not registered. Returns how many tasks were unfinished. */
export async function cancelBackfill(
  db: PlatformDb,
  actor: Actor,
  name: string,
  tenantId: string | undefined,
): Promise<number> {
  const cancelled = (await unfinishedBackfills(db, name)
    .where(tenantId === undefined ? {} : { tenant_id: tenantId })
    .update({ state: 'cancelled', due_at: null, finished_at: db.raw('now()') })
    .returning(['tenant_id', 'id', 'kind', 'input'])) as CancelledTask[];
  for (const { tenant_id, ...task } of cancelled)
    recordAudit(db.tenant(tenant_id), actor, { event: 'task.cancelled', target: taskTarget(task) });
  return cancelled.length;
}

type CancelledTask = Pick<Row<'tasks'>, 'tenant_id' | 'id' | 'kind'> & { input: TaskParams };

function unfinishedBackfills(db: PlatformDb, name: string) {
  return db
    .from('tasks')
    .where({ kind: 'backfill' })
    .whereNotNull('due_at')
    .whereRaw("input->>'name' = ?", [name]);
}

export interface BackfillCount {
  name: string;
  state: string;
  tenants: number;
  done: number;
  /** Null until it is known for a task. */
  total: number | null;
}

/** By name and state, of the latest task of each tenant. Finished tasks are deleted after 30 days. */
export async function countBackfills(db: PlatformDb): Promise<BackfillCount[]> {
  const { rows } = await db.raw<{ rows: BackfillCount[] }>(
    `select name, state, count(*)::int as tenants, sum(done)::float8 as done, sum(total)::float8 as total
     from (
       select distinct on (tenant_id, input->>'name') input->>'name' as name, state, done, total
       from tasks where kind = 'backfill' order by tenant_id, input->>'name', id desc
     ) latest
     group by name, state order by name, state`,
  );
  return rows;
}
