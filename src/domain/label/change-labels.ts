import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { archivedError } from '../company/check-status.ts';
import { refuse } from '../form/parse-values.ts';
import { findLabelledRow, listLabelChoices } from './label-queries.ts';
import { labelEntities, type LabelEntity, type RowLabelsValues } from './label.ts';

/**
 * Adds and removes what was changed in the form. Returns an error at `labels` if one of the added labels was deleted.
 *
 * @throws {NotFound} for a row that the actor may not see
 */
export async function changeLabels(
  db: TenantDb,
  actor: Actor,
  entity: LabelEntity,
  id: string,
  { labels, shown }: RowLabelsValues,
) {
  const row = found(await findLabelledRow(db, entity, id).forUpdate('t'));
  const archived = await archivedError(db, entity, id, 'labels');
  if (archived) return refuse(archived);
  const added = labels.filter((label) => !shown.includes(label));
  if (!(await lockLabels(db, added))) return refuse({ field: 'labels', code: 'label_deleted' });

  const all = await listLabelChoices(db, entity, id);
  const before = all.filter((label) => label.is_chosen);
  const after = all.filter(
    (label) => added.includes(label.id) || (label.is_chosen && isKept(label.id, { labels, shown })),
  );
  const hasChanged = before.length !== after.length || before.some((label) => !after.includes(label));
  if (!hasChanged) return { ok: true as const, row, hasChanged };
  await storeLabels(db, entity, id, {
    added: after.filter((label) => !before.includes(label)),
    removed: before.filter((label) => !after.includes(label)),
  });
  recordAudit(db, actor, {
    event: labelEntities[entity].event,
    target: { type: entity, id, name: row.name },
    changes: { labels: [namesOf(before), namesOf(after)] },
  });
  return { ok: true as const, row, hasChanged };
}

/** A label that the form did not show as chosen was added meanwhile. */
function isKept(id: string, { labels, shown }: RowLabelsValues): boolean {
  return labels.includes(id) || !shown.includes(id);
}

interface Labels {
  added: readonly { id: string }[];
  removed: readonly { id: string }[];
}

async function storeLabels(db: TenantDb, entity: LabelEntity, rowId: string, { added, removed }: Labels) {
  const { table, column } = labelEntities[entity];
  const idsOf = (labels: Labels['added']) => labels.map(({ id }) => id);
  if (removed.length > 0)
    await db
      .from(table)
      .where(column, rowId)
      .whereRaw('label_id = any(?::uuid[])', [idsOf(removed)])
      .delete();
  if (added.length > 0)
    await db.raw(
      `insert into ${table} (tenant_id, label_id, ${column})
       select ?, added.id, ? from unnest(?::uuid[]) as added (id)
       on conflict do nothing returning label_id`,
      [db.tenantId, rowId, idsOf(added)],
    );
}

/** Until the end of the transaction, so that they cannot be deleted. Returns false if one does not exist. */
export async function lockLabels(db: TenantDb, ids: readonly string[]): Promise<boolean> {
  if (ids.length === 0) return true;
  const labels = db.from('labels as g').whereRaw('g.id::text = any(?::text[])', [[...ids]]);
  const rows = await selectRows(labels.whereNull('g.deleted_at').forKeyShare(), pick('labels as g', 'id'));
  return rows.length === new Set(ids).size;
}

function namesOf(labels: readonly { name: string }[]): string[] {
  return labels.map(({ name }) => name);
}
