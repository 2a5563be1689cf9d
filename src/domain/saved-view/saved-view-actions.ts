import { pick, selectRows } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { Forbidden } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { changedFields, type AuditEvent } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { refuse, type FieldError } from '../form/parse-values.ts';
import { fold } from '../text/fold.ts';
import { COUNT_SECONDS, type SavedView } from './saved-view-queries.ts';
import { MAX_OWN_VIEWS, type ChangedViewValues, type NewViewValues } from './saved-view.ts';

const nameTaken: FieldError = { field: 'name', code: 'view_name_taken' };

/** The actor becomes the owner. */
export async function createView(db: TenantDb, actor: Actor, values: NewViewValues) {
  const { list, name, query, is_shared } = values;
  const owner_id = actor.id!;
  const own = await selectRows(
    db.from('saved_views').where({ owner_id, list }).limit(MAX_OWN_VIEWS),
    pick('saved_views', 'id'),
  );
  if (own.length >= MAX_OWN_VIEWS)
    return refuse({ field: 'name', code: 'too_many_views', params: { most: MAX_OWN_VIEWS } });
  const id = newId();
  const row = { id, list, owner_id, name, name_norm: fold(name), query, is_shared };
  const inserted = await db
    .insertInto('saved_views', row)
    .onConflict(['tenant_id', 'owner_id', 'list', 'name_norm'])
    .ignore()
    .returning('id');
  if (inserted.length === 0) return refuse(nameTaken);
  recordAudit(db, actor, {
    event: 'view.saved',
    target: { type: 'saved_view', id, name },
    changes: changedFields({}, { list, name, query, is_shared }),
  });
  return { ok: true as const, view: { id, list, name, query } };
}

/** The owner; of a shared view also staff who manage the team. */
export function mayChangeView({ id, permissions }: Actor, { owner_id, is_shared }: SavedView): boolean {
  return owner_id === id || (is_shared && permissions.has('team.edit'));
}

/**
 * Returns an error at `version` if the view was changed after the form was rendered.
 *
 * @throws {Forbidden} unless the actor may change the view
 */
export async function updateView(db: TenantDb, actor: Actor, view: SavedView, values: ChangedViewValues) {
  if (!mayChangeView(actor, view)) throw new Forbidden('team.edit');
  const { version, ...changed } = values;
  const changes = changedFields(view, changed);
  if (version === view.version && Object.keys(changes).length === 0) return { ok: true as const };
  const { id } = view;
  let updated = 0;
  const isFree = await db.catchUniqueViolation(async () => {
    updated = await db
      .from('saved_views')
      .where({ id, version })
      .update({
        ...changed,
        name_norm: fold(changed.name),
        // The count is that of the former query.
        ...(changes['query'] && { row_count: null, counted_at: null, shown_at: db.raw('now()') }),
        version: version + 1,
        updated_at: db.raw('now()'),
      });
  });
  if (!isFree) return refuse(nameTaken);
  if (updated === 0) return refuse({ field: 'version', code: 'row_changed' });
  const target = { type: 'saved_view', id, name: changed.name } as const;
  recordAudit(db, actor, { event: eventOf(view, changed), target, changes });
  return { ok: true as const };
}

function eventOf(before: { is_shared: boolean }, after: { is_shared: boolean }): AuditEvent {
  if (before.is_shared === after.is_shared) return 'view.updated';
  return after.is_shared ? 'view.shared' : 'view.unshared';
}

/** @throws {Forbidden} unless the actor may change the view */
export async function deleteView(db: TenantDb, actor: Actor, view: SavedView): Promise<void> {
  if (!mayChangeView(actor, view)) throw new Forbidden('team.edit');
  const { id, name, list } = view;
  const deleted = await db.from('saved_views').where({ id }).delete();
  if (deleted === 0) return;
  recordAudit(db, actor, {
    event: 'view.deleted',
    target: { type: 'saved_view', id, name },
    changes: { list },
  });
}

/** So that the views are counted again. */
export async function noteShown(db: TenantDb, ids: readonly string[]): Promise<void> {
  await db
    .from('saved_views')
    .whereRaw('id = any(cast(? as uuid[]))', [[...ids]])
    .whereRaw('now() - shown_at >= make_interval(secs => ?)', [COUNT_SECONDS])
    .update({ shown_at: db.raw('now()') });
}
