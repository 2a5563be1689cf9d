import type { Database } from '../database/pools.ts';
import { taskQueue } from '../domain/task/task-actions.ts';
import type { TaskKindName } from '../domain/task/task.ts';
import type { Log } from '../log.ts';
import { backfillKind } from './backfills.ts';
import { billingRunKind } from './billing-runs.ts';
import { bulkActionKind } from './bulk-action.ts';
import { customFieldCheckKind } from './custom-field-check.ts';
import { customFieldValuesKind } from './custom-field-values.ts';
import { demoHistoryKind } from './demo-history.ts';
import { exportKind, type ExportDeps } from './exports.ts';
import { importCheckKind } from './import-check.ts';
import { importUndoKind } from './import-undo.ts';
import { importKind } from './import.ts';
import { labelChangeKind } from './label-change.ts';
import { labelDeletionKind } from './label-deletion.ts';
import { serveDue, startQueueWorker, type QueueProcessor, type QueueWorker } from './queue-worker.ts';
import { runTaskSlot } from './run-task.ts';
import type { AnyTaskKind } from './task-kind.ts';

/** Those that need no more than the database. */
const databaseKinds = {
  backfill: backfillKind(),
  'billing-run': billingRunKind,
  'bulk-action': bulkActionKind,
  'custom-field-values': customFieldValuesKind(),
  'demo-history': demoHistoryKind,
  'label-addition': labelChangeKind('add'),
  'label-removal': labelChangeKind('remove'),
  'label-deletion': labelDeletionKind(),
};

export function taskKinds(deps: ExportDeps): Readonly<Record<TaskKindName, AnyTaskKind>> {
  return {
    ...databaseKinds,
    export: exportKind(deps),
    'custom-field-check': customFieldCheckKind(deps),
    'import-check': importCheckKind(deps),
    import: importKind(deps),
    'import-undo': importUndoKind(deps),
  };
}

interface Deps {
  database: Database;
  log: Log;
}

type TaskKinds = Readonly<Record<string, AnyTaskKind>>;

export function startTaskWorker(
  deps: Deps,
  kinds: TaskKinds,
  options: Pick<QueueProcessor, 'maxIdleMs'> = {},
): QueueWorker {
  return startQueueWorker(deps, { ...taskProcessor(deps, kinds), ...options });
}

/** Runs every task that is due, by default without those that write files. */
export function runDueTasks(deps: Deps, kinds: TaskKinds = databaseKinds): Promise<void> {
  return serveDue(deps, taskProcessor(deps, kinds));
}

function taskProcessor(deps: Deps, kinds: TaskKinds): QueueProcessor {
  return {
    queue: taskQueue,
    concurrency: 2,
    serve: (tenantId, stop) => runTaskSlot({ ...deps, kinds }, tenantId, stop),
  };
}
