import { column, pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { ExportName } from '../export/export.ts';

/** Own views and some of those that others share. */
const MAX_SHOWN = 40;

/** So that a view is counted at most once in this time. */
export const COUNT_SECONDS = 300;

const columns = {
  ...pick('saved_views as v', 'id', 'list', 'owner_id', 'name', 'query', 'is_shared', 'version'),
  owner_name: column('users as u', 'name'),
};

const countColumns = (db: TenantDb) => ({
  ...pick('saved_views as v', 'id', 'name', 'query', 'owner_id', 'row_count', 'counted_at'),
  is_count_due: db.raw<boolean>('now() - v.shown_at >= make_interval(secs => ?)', [COUNT_SECONDS]),
});

export type SavedView = RowOf<typeof columns>;

export type ShownView = RowOf<ReturnType<typeof countColumns>>;

/** Of a list: first the viewer's own, then those that others share. */
export function listViews(db: TenantDb, list: ExportName, userId: string) {
  const views = db
    .visible('saved_views as v')
    .where('v.list', list)
    .whereRaw('(v.owner_id = ? or v.is_shared)', [userId])
    .orderByRaw('v.owner_id = ? desc, v.name_norm, v.id', [userId])
    .limit(MAX_SHOWN);
  return selectRows(views, countColumns(db));
}

/** Only if the viewer owns it or it is shared. */
export function findView(db: TenantDb, id: string, userId: string) {
  const views = db
    .visible('saved_views as v')
    .join('users as u', { 'u.tenant_id': 'v.tenant_id', 'u.id': 'v.owner_id' })
    .where('v.id', id)
    .whereRaw('(v.owner_id = ? or v.is_shared)', [userId]);
  return selectRow(views, columns);
}
