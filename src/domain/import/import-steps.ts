import { pick, selectRow } from '../../database/columns.ts';
import type { NewRow, TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import type { AuditEvent } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { queueTask } from '../task/task-actions.ts';
import type { TaskKindName } from '../task/task.ts';
import { findImport, type Import } from './import-queries.ts';
import { mayContinue, mayUndo, presentState, type ImportCounts } from './import-state.ts';
import type { ImportState } from './import.ts';

type Stepped = { ok: true; task: string } | RefusedValues;

/** Locks the import and then its task, as a worker does not. */
export async function lockImport(db: TenantDb, id: string): Promise<Import> {
  found(await selectRow(db.from('imports').where({ id }).forUpdate(), pick('imports', 'id')));
  return found(await findImport(db, id));
}

/** The file is checked from its beginning, when the task has deleted the rows of an earlier check. The columns are matched already. */
export async function startCheck(db: TenantDb, actor: Actor, id: string): Promise<Stepped> {
  const row = await lockImport(db, id);
  if (!['uploaded', 'checked', 'failed', 'cancelled'].includes(presentState(row)) || row.imported_at !== null)
    return refuse({ field: 'version', code: 'import_step_taken' });
  if (row.file_id === null) return refuse({ field: 'version', code: 'import_file_expired' });
  return step(db, actor, row, {
    kind: 'import-check',
    state: 'checking',
    event: 'import.check_started',
    columns: { counts: '{}', error: null },
  });
}

interface StartValues {
  is_all_or_nothing: boolean;
  /** Of the shown verdicts. */
  version?: number | undefined;
}

const importing = { kind: 'import', state: 'importing', event: 'import.started' } as const;

/** A second start of the same import is refused, unless it was cancelled or has failed: it is continued as it was started. */
export async function startImport(
  db: TenantDb,
  actor: Actor,
  id: string,
  { is_all_or_nothing, version }: StartValues,
): Promise<Stepped> {
  const row = await lockImport(db, id);
  const imported_at = db.raw<Date>('now()');
  if (mayContinue(row)) return step(db, actor, row, { ...importing, columns: { imported_at } });
  if (presentState(row) !== 'checked') return refuse({ field: 'version', code: 'import_step_taken' });
  if (row.file_id === null) return refuse({ field: 'choice', code: 'import_file_expired' });
  if (version !== undefined && version !== row.version)
    return refuse({ field: 'choice', code: 'import_changed' });
  const { create = 0, update = 0, error = 0 } = row.counts as ImportCounts;
  if (create + update === 0) return refuse({ field: 'choice', code: 'import_nothing_to_do' });
  if (is_all_or_nothing && error > 0) return refuse({ field: 'choice', code: 'import_has_errors' });
  return step(db, actor, row, { ...importing, columns: { is_all_or_nothing, imported_at } });
}

/** Without a task: the command line does the work itself. */
export async function beginCheck(db: TenantDb, actor: Actor, id: string): Promise<void> {
  const row = await lockImport(db, id);
  await setState(db, id, 'checking');
  recordStep(db, actor, row, 'import.check_started');
}

export async function beginImport(
  db: TenantDb,
  actor: Actor,
  id: string,
  is_all_or_nothing: boolean,
): Promise<void> {
  const row = await lockImport(db, id);
  await setState(db, id, 'importing', { is_all_or_nothing, imported_at: db.raw<Date>('now()') });
  recordStep(db, actor, row, 'import.started');
}

/** Without a task, as `beginCheck`. A task that the import had before is forgotten, so that its end is not shown. */
export async function beginUndo(
  db: TenantDb,
  actor: Actor,
  id: string,
): Promise<{ ok: true; row: Import } | RefusedValues> {
  const row = await lockImport(db, id);
  if (!mayUndo(row)) return refuse({ field: 'id', code: 'import_not_undoable' });
  await setState(db, id, 'undoing', { task_id: null });
  recordStep(db, actor, row, 'import.undo_started');
  return { ok: true, row };
}

export async function startUndo(db: TenantDb, actor: Actor, id: string): Promise<Stepped> {
  const row = await lockImport(db, id);
  if (!mayUndo(row)) return refuse({ field: 'version', code: 'import_not_undoable' });
  return queueUndo(db, actor, row);
}

export function queueUndo(db: TenantDb, actor: Actor, row: Import) {
  return step(db, actor, row, { kind: 'import-undo', state: 'undoing', event: 'import.undo_started' });
}

interface Step {
  kind: TaskKindName & ('import-check' | 'import' | 'import-undo');
  state: ImportState;
  event: AuditEvent;
  columns?: StateColumns;
}

async function step(db: TenantDb, actor: Actor, row: Import, { kind, state, event, columns = {} }: Step) {
  const input = { import_id: row.id, file: row.file_name, requested_by: actor.id ?? '' };
  const task = await queueTask(db, { kind, input, requested_by: actor.id });
  await setState(db, row.id, state, { ...columns, task_id: task });
  recordStep(db, actor, row, event);
  return { ok: true as const, task };
}

type StateColumns = NewRow<'imports'>;

export async function setState(
  db: TenantDb,
  id: string,
  state: ImportState,
  columns: StateColumns = {},
): Promise<void> {
  await db
    .from('imports')
    .where({ id })
    .update({ ...columns, state, version: db.raw<number>('version + 1') });
}

export function importTarget({ id, file_name }: Pick<Import, 'id' | 'file_name'>) {
  return { type: 'import', id, name: file_name } as const;
}

export function recordStep(db: TenantDb, actor: Actor, row: Import, event: AuditEvent): void {
  recordAudit(db, actor, { event, target: importTarget(row), changes: { kind: row.kind } });
}
