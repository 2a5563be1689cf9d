import { pick, selectRow, selectRows } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { refuse, type FieldError } from '../form/parse-values.ts';
import { queueTask } from '../task/task-actions.ts';
import { fold } from '../text/fold.ts';
import { findLabel, listLabels } from './label-queries.ts';
import {
  labelEntities,
  labelEntityNames,
  MAX_LABELS,
  type ChangedLabelValues,
  type NewLabelValues,
} from './label.ts';

export async function createLabel(db: TenantDb, actor: Actor, values: NewLabelValues) {
  if ((await listLabels(db)).length >= MAX_LABELS)
    return refuse({ field: 'name', code: 'too_many_labels', params: { max: MAX_LABELS } });
  const label = { id: newId(), ...values };
  const isFree = await db.catchUniqueViolation(() =>
    db.insertInto('labels', { ...label, name_norm: fold(values.name) }),
  );
  if (!isFree) return refuse(nameTaken(values));
  recordAudit(db, actor, {
    event: 'label.created',
    target: { type: 'label', id: label.id, name: label.name },
    changes: changedFields({}, values),
  });
  return { ok: true as const, label };
}

/** @throws {NotFound} if there never was such a label */
export async function updateLabel(
  db: TenantDb,
  actor: Actor,
  id: string,
  { version, ...values }: ChangedLabelValues,
) {
  const before = await findLabel(db, id).forUpdate();
  if (!before) return alreadyDeleted(db, id);
  const changes = changedFields(before, values);
  if (Object.keys(changes).length === 0) return { ok: true as const, label: before };
  if (version !== before.version) return refuse({ field: 'version', code: 'label_changed' });
  const row = { ...values, name_norm: fold(values.name), version: version + 1 };
  const isFree = await db.catchUniqueViolation(() => db.from('labels').where({ id }).update(row));
  if (!isFree) return refuse(nameTaken(values));
  const target = { type: 'label' as const, id, name: values.name };
  recordAudit(db, actor, { event: 'label.updated', target, changes });
  return { ok: true as const, label: { ...before, ...values } };
}

/** Rows of one transaction. A task takes the label from more. */
const MAX_ROWS_AT_ONCE = 1_000;

/** Takes it from every row that has it. @throws {NotFound} if there never was such a label */
export async function deleteLabel(db: TenantDb, actor: Actor, id: string) {
  const label = await findLabel(db, id).forUpdate();
  if (!label) return alreadyDeleted(db, id);
  const { name, colour } = label;
  const target = { type: 'label' as const, id, name };
  recordAudit(db, actor, {
    event: 'label.deleted',
    target,
    changes: { name: [name, null], colour: [colour, null] },
  });
  const removed = await removeFromRows(db, id, MAX_ROWS_AT_ONCE);
  if (removed < MAX_ROWS_AT_ONCE) {
    await db.from('labels').where({ id }).delete();
    return { ok: true as const, label };
  }
  await db
    .from('labels')
    .where({ id })
    .update({ deleted_at: db.raw<Date>('now()') });
  await queueTask(db, { kind: 'label-deletion', input: { label_id: id, name }, requested_by: actor.id });
  return { ok: true as const, label };
}

/** Returns how many rows had it, at most `limit`; fewer if none is left. Also from those that the actor does not see. */
export async function removeFromRows(db: TenantDb, labelId: string, limit: number): Promise<number> {
  let removed = 0;
  for (const entity of labelEntityNames) {
    if (removed === limit) break;
    const { table, column, id } = labelEntities[entity];
    const rows = db
      .from(`${table} as w`)
      .where('w.label_id', labelId)
      .orderBy(id)
      .limit(limit - removed);
    const labelled = db.from(table).where({ label_id: labelId });
    removed += await labelled.whereRaw('?? in ?', [column, selectRows(rows, { id })]).delete();
  }
  return removed;
}

/** Once no row has it. */
export async function deleteUnusedLabel(db: TenantDb, id: string): Promise<void> {
  await db.from('labels').where({ id }).whereNotNull('deleted_at').delete();
}

async function alreadyDeleted(db: TenantDb, id: string) {
  const deletions = db.from('audit_events').where({ target_id: id, event: 'label.deleted' });
  const { target_name } = found(await selectRow(deletions, pick('audit_events', 'target_name')));
  return refuse({ field: 'version', code: 'label_gone', params: { name: target_name ?? '' } });
}

function nameTaken({ name }: NewLabelValues): FieldError {
  return { field: 'name', code: 'label_exists', params: { name } };
}
