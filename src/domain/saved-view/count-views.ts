import { column, pick, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantAccess } from '../../database/in-tenant.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { paramsOf } from '../../params-of.ts';
import { listTenantFields } from '../custom-field/custom-field-queries.ts';
import { exportNames, type ExportedLists, type ExportName } from '../export/export.ts';
import { COUNT_SECONDS } from './saved-view-queries.ts';
import { MAX_VIEW_COUNT } from './saved-view.ts';

/** Of one run, so that the views of one tenant do not delay the others for long. */
const MAX_COUNTED = 50;

/** Shown since the last count, which is some minutes old. */
export const IS_UNCOUNTED = `(v.counted_at is null
  or v.shown_at > v.counted_at and now() - v.counted_at >= make_interval(secs => ?))`;

const columns = {
  ...pick('saved_views as v', 'id', 'list', 'query', 'version', 'owner_id'),
  time_zone: column('users as u', 'time_zone'),
  tenant_time_zone: column('tenants as t', 'time_zone'),
};

type UncountedView = RowOf<typeof columns>;

export function listUncounted(db: TenantDb) {
  const views = db
    .from('saved_views as v')
    .join('users as u', { 'u.tenant_id': 'v.tenant_id', 'u.id': 'v.owner_id' })
    .join('tenants as t', 't.id', 'v.tenant_id')
    .whereRaw(IS_UNCOUNTED, [COUNT_SECONDS])
    .orderByRaw('v.counted_at nulls first, v.id')
    .limit(MAX_COUNTED);
  return selectRows(views, columns);
}

/** Counts every row that matches, at most one more than MAX_VIEW_COUNT. After an error the view has no count. */
export async function countView(
  tenant: TenantAccess,
  lists: ExportedLists,
  { id, list, query: address, version, owner_id: userId, ...view }: UncountedView,
): Promise<void> {
  const name: ExportName | undefined = exportNames.find((each) => each === list);
  if (!name) return;
  const time_zone = view.time_zone ?? view.tenant_time_zone;
  const store = (db: TenantDb, row_count: number | null) =>
    db
      .from('saved_views')
      .where({ id, version })
      .update({ row_count, counted_at: db.raw('now()') });
  try {
    await tenant.inTenant(async (db) => {
      const fields = lists[name].hasFields ? await listTenantFields(db) : [];
      const query = lists[name].parse(paramsOf(address), { time_zone, userId }, fields);
      const context = { can: () => true, userId, currency: '', secretKeys: [] };
      const opened = lists[name].open({ query, columns: [] }, context, fields);
      await store(db, await opened.count(db, MAX_VIEW_COUNT));
    });
  } catch (error) {
    await tenant.inTenant((db) => store(db, null));
    throw error;
  }
}
