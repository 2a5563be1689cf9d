import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { listTenantFields } from '../custom-field/custom-field-queries.ts';
import { refuse } from '../form/parse-values.ts';
import type { StaffPermission } from '../role/permissions.ts';
import { queueTask } from '../task/task-actions.ts';
import { lockLabels } from './change-labels.ts';
import { findLabel } from './label-queries.ts';
import { labelEntities, type LabelEntity } from './label.ts';
import { openRows } from './selected-rows.ts';

export type LabelChange = 'add' | 'remove';

/** Of one transaction. A task changes more. */
export const MAX_SELECTED_AT_ONCE = 1_000;

export const changePermissions: Readonly<Record<LabelEntity, StaffPermission>> = {
  user: 'users.edit',
  company: 'companies.edit',
  rental: 'rentals.edit',
};

interface SelectedChange {
  change: LabelChange;
  entity: LabelEntity;
  label_id: string;
  /** JSON of the query of the list. */
  query: string;
}

/** Returns the number of changed rows, or the id of the task that changes them. */
export async function changeSelected(
  db: TenantDb,
  actor: Actor,
  { change, entity, label_id, query }: SelectedChange,
) {
  const label = (await lockLabels(db, [label_id])) ? await findLabel(db, label_id) : undefined;
  if (!label) return refuse({ field: 'label_id', code: 'selected_label_deleted' });
  const rows = openRows(entity, query, await listTenantFields(db));
  const ids = await rows.ids(db, MAX_SELECTED_AT_ONCE + 1);
  const target = { type: 'label' as const, id: label.id, name: label.name };
  const changes = { list: labelEntities[entity].rows, filters: rows.filters };
  if (ids.length > MAX_SELECTED_AT_ONCE) {
    const kind = change === 'add' ? 'label-addition' : 'label-removal';
    const input = { label_id, name: label.name, entity, query, requested_by: actor.id! };
    const task = await queueTask(db, { kind, input, requested_by: actor.id });
    recordAudit(db, actor, { event: 'label.change_requested', target, changes });
    return { ok: true as const, label, task, changed: 0 };
  }
  const changed = await changeRows(db, { change, entity, label_id, ids });
  recordSelectedChange(db, actor, change, { target, changes: { ...changes, rows: changed } });
  return { ok: true as const, label, task: null, changed };
}

export function recordSelectedChange(
  db: TenantDb,
  actor: Actor,
  change: LabelChange,
  entry: { target: { type: 'label'; id: string; name: string }; changes: Record<string, unknown> },
): void {
  recordAudit(db, actor, { event: change === 'add' ? 'label.added' : 'label.removed', ...entry });
}

/**
 * `selected` are rows that the actor may see. Returns how many of them did not have the label, or had it. Archived
 * companies keep their labels.
 */
export async function changeRows(
  db: TenantDb,
  { change, entity, label_id, ids: selected }: Omit<SelectedChange, 'query'> & { ids: readonly string[] },
): Promise<number> {
  const { table, column } = labelEntities[entity];
  const ids = entity === 'company' ? await withoutArchived(db, selected) : selected;
  if (change === 'remove')
    return db
      .from(table)
      .where({ label_id })
      .whereRaw('?? = any(?::uuid[])', [column, [...ids]])
      .delete();
  // In one order, so that two such statements do not wait for each other.
  const { rows } = await db.raw<{ rows: unknown[] }>(
    `insert into ${table} (tenant_id, label_id, ${column})
     select ?, ?, selected.id from unnest(?::uuid[]) as selected (id)
     on conflict do nothing returning ${column}`,
    [db.tenantId, label_id, [...ids].sort()],
  );
  return rows.length;
}

async function withoutArchived(db: TenantDb, ids: readonly string[]): Promise<string[]> {
  const companies = db
    .from('companies')
    .whereRaw('id = any(?::uuid[])', [[...ids]])
    .whereNot({ status: 'archived' });
  return (await selectRows(companies, pick('companies', 'id'))).map(({ id }) => id);
}
