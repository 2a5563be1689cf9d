import { column, pick, type Column, type RowOf } from '../database/columns.ts';
import { accessTenant, inTenant } from '../database/in-tenant.ts';
import type { Database } from '../database/pools.ts';
import { claim, leaseEnd, lockClaimed, release, whereClaimed } from '../database/queue.ts';
import type { Viewer } from '../database/scope.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import { systemActor } from '../domain/actor.ts';
import { recordAudit } from '../domain/audit/record-audit.ts';
import { staffScope } from '../domain/role/built-in-roles.ts';
import { lockImportOf } from '../domain/import/end-import.ts';
import { finishTask, taskQueue, taskTarget } from '../domain/task/task-actions.ts';
import type { TaskErrorCode, TaskParams } from '../domain/task/task.ts';
import type { Log } from '../log.ts';
import type { StopSignals } from './queue-worker.ts';
import { TaskFailed, TaskUnknown, type AnyTaskKind, type Batch } from './task-kind.ts';

/** After this time the task is released, so that tasks of other tenants do not wait long. */
const SLOT_MS = 2_000;
const MAX_ATTEMPTS = 6;
const MIN_WAIT_SECONDS = 5;
const MAX_WAIT_SECONDS = 600;
const UNKNOWN_WAIT_SECONDS = 60;

export interface TaskDeps {
  database: Database;
  log: Log;
  kinds: Readonly<Record<string, AnyTaskKind>>;
}

const taskColumns = {
  ...pick('tasks', 'id', 'kind', 'done', 'total', 'started_at', 'cursor', 'attempts', 'requested_by'),
  input: column('tasks', 'input') as Column<TaskParams>,
  due_at: column('tasks', 'due_at') as Column<Date>,
};

type ClaimedTask = RowOf<typeof taskColumns>;

/** The task was cancelled, or another worker has claimed it. */
class LeaseLost extends Error {}

/** Runs the batches of one task for a while. Returns whether a task was due. */
export async function runTaskSlot(
  deps: TaskDeps,
  tenantId: string,
  stop?: Pick<StopSignals, 'isStopping'>,
): Promise<boolean> {
  const task = await inTenant(deps.database, tenantId, claimTask);
  if (!task) return false;
  try {
    if (task.attempts > MAX_ATTEMPTS) throw new TaskFailed('interrupted');
    const result = await runBatches(deps, tenantId, task, stop);
    if (result === 'ended') return true;
    await inTenant(deps.database, tenantId, (db) =>
      result ? finish(db, task, result) : release(db, taskQueue, [task]),
    );
  } catch (error) {
    if (!(error instanceof LeaseLost)) await recordError(deps, tenantId, task, error);
  }
  return true;
}

async function claimTask(db: TenantDb): Promise<ClaimedTask | undefined> {
  const [claimed] = await claim(db, taskQueue, 1);
  const task = claimed && (await lockClaimed(db, taskQueue, claimed, taskColumns));
  if (!task) return undefined;
  const attempts = task.attempts + 1;
  const started_at = task.started_at ?? db.raw<Date>('now()');
  await whereClaimed(db, taskQueue, task).update({ state: 'running', attempts, started_at });
  return { ...task, attempts };
}

/** Returns the result, or undefined when the slot has ended before the task; 'ended' if a batch has ended the task. */
async function runBatches(
  deps: TaskDeps,
  tenantId: string,
  task: ClaimedTask,
  stop: Pick<StopSignals, 'isStopping'> | undefined,
): Promise<TaskParams | 'ended' | undefined> {
  const slotEnd = performance.now() + SLOT_MS;
  const batches = startBatches(deps, tenantId, task);
  try {
    do {
      const next = await batches.next();
      if (next.done) return next.value;
      if (await commitBatch(deps, tenantId, task, next.value)) return 'ended';
    } while (performance.now() < slotEnd && !stop?.isStopping());
    return undefined;
  } finally {
    // Runs the cleanup of the kind.
    await batches.return({});
  }
}

function startBatches({ database, kinds }: TaskDeps, tenantId: string, task: ClaimedTask) {
  const { kind: name, input, cursor, done, total } = task;
  if (!Object.hasOwn(kinds, name)) throw new TaskUnknown(`There is no kind "${name}"`);
  const kind = kinds[name]!;
  const parsed = kind.input.safeParse(input);
  if (!parsed.success) throw new TaskFailed('invalid_input', { cause: parsed.error });
  return kind.run(
    parsed.data,
    { cursor, done, total },
    accessTenant(database, tenantId, viewerOf(task)),
    task.id,
  );
}

/** Stores the work together with the progress, or neither. Returns whether the task has ended. @throws {LeaseLost} */
async function commitBatch(
  { database }: TaskDeps,
  tenantId: string,
  task: ClaimedTask,
  batch: Batch<unknown>,
): Promise<boolean> {
  const work = async (db: TenantDb) => {
    const { done, total, result, ...next } = await batch(db);
    const cursor = JSON.stringify(next.cursor);
    const [renewed] = (await whereClaimed(db, taskQueue, task)
      .update({
        cursor,
        done,
        total,
        // A task that fails after each batch without progress must not be tried for ever.
        attempts: db.raw('case when cursor is distinct from ?::jsonb or done <> ? then 0 else attempts end', [
          cursor,
          done,
        ]),
        error: null,
        due_at: db.raw(leaseEnd(taskQueue)),
      })
      .returning(['due_at', 'attempts'])) as Pick<ClaimedTask, 'due_at' | 'attempts'>[];
    if (!renewed) throw new LeaseLost();
    if (result) await finishTask(db, task.id, doneColumns(result));
    return { renewed, isEnded: result !== undefined };
  };
  const { renewed, isEnded } = await inTenant(database, tenantId, work, viewerOf(task));
  Object.assign(task, renewed);
  return isEnded;
}

function viewerOf({ requested_by }: ClaimedTask): Viewer {
  return { id: requested_by, scope: staffScope() };
}

async function finish(db: TenantDb, task: ClaimedTask, result: TaskParams): Promise<void> {
  if (!(await lockClaimed(db, taskQueue, task, pick('tasks', 'id')))) return;
  await finishTask(db, task.id, doneColumns(result));
}

function doneColumns(result: TaskParams) {
  return { state: 'done', error: null, result: JSON.stringify(result) } as const;
}

async function recordError(
  { database, log }: TaskDeps,
  tenantId: string,
  task: ClaimedTask,
  error: unknown,
): Promise<void> {
  const { id, kind, attempts } = task;
  const isUnknown = error instanceof TaskUnknown;
  const isFinal = error instanceof TaskFailed || (!isUnknown && attempts >= MAX_ATTEMPTS);
  const code = error instanceof TaskFailed ? error.code : 'unexpected';
  log.error({ err: error, task: id, kind, tenant: tenantId, attempts }, 'a task could not continue');
  // If this fails, the task is due again at the end of the lease.
  await inTenant(database, tenantId, async (db) => {
    if (isFinal) await fail(db, task, code);
    else if (isUnknown) await retryUnknown(db, task);
    else await retryLater(db, task, code);
  }).catch(() => undefined);
}

async function fail(db: TenantDb, task: ClaimedTask, error: TaskErrorCode): Promise<void> {
  lockImportOf(db, task.id);
  if (!(await lockClaimed(db, taskQueue, task, pick('tasks', 'id')))) return;
  await finishTask(db, task.id, { state: 'failed', error });
  recordAudit(db, systemActor('Tasks'), {
    event: 'task.failed',
    target: taskTarget(task),
    outcome: 'failure',
    changes: { error },
  });
}

async function retryLater(db: TenantDb, task: ClaimedTask, error: TaskErrorCode): Promise<void> {
  // No attempt is counted yet after progress.
  const wait = MIN_WAIT_SECONDS * 2 ** (Math.max(task.attempts, 1) - 1);
  const due_at = db.raw<Date>('now() + make_interval(secs => ?)', [Math.min(wait, MAX_WAIT_SECONDS)]);
  await whereClaimed(db, taskQueue, task).update({ state: 'queued', error, due_at });
}

/** Takes the attempt back, so that old workers during a deployment do not fail the task. */
async function retryUnknown(db: TenantDb, task: ClaimedTask): Promise<void> {
  const due_at = db.raw<Date>('now() + make_interval(secs => ?)', [UNKNOWN_WAIT_SECONDS]);
  await whereClaimed(db, taskQueue, task).update({
    state: 'queued',
    attempts: Math.max(task.attempts - 1, 0),
    due_at,
  });
}
