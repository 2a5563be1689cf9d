import { column, pick, selectRow, type Column } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { queueTask } from '../task/task-actions.ts';
import type { TaskParams, TaskState } from '../task/task.ts';
import type { CustomField } from './custom-field-queries.ts';
import { fieldTypes } from './field-types.ts';
import type { NewType } from './rewrite-values.ts';

export interface ConversionTask {
  id: string;
  state: TaskState;
  /** Null until it is known. */
  failed: number | null;
}

const taskColumns = {
  ...pick('tasks', 'id', 'state'),
  result: column('tasks', 'result') as Column<TaskParams | null>,
};

/** The task that lists every value that a new type would not fit: that of the same user in the last hour, or a new one. */
export async function checkByTask(
  db: TenantDb,
  requested_by: string,
  { id: field_id, title }: CustomField,
  { type, choices }: NewType,
): Promise<ConversionTask> {
  const kind = 'custom-field-check';
  const type_label = fieldTypes[type].label;
  const input = { field_id, title, type, type_label, choices: choices.join('\n') };
  const same = db
    .from('tasks')
    .where({ requested_by, kind })
    .whereRaw('input = ?::jsonb', [JSON.stringify(input)])
    .whereIn('state', ['queued', 'running', 'done'])
    .whereRaw(`created_at > now() - interval '1 hour'`)
    .orderBy('id', 'desc')
    .limit(1);
  const found = await selectRow(same, taskColumns);
  if (!found)
    return { id: await queueTask(db, { kind, input, requested_by }), state: 'queued', failed: null };
  const { result, ...task } = found;
  return { ...task, failed: result ? Number(result['failed']) : null };
}
