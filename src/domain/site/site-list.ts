import { pick, type RowOf } from '../../database/columns.ts';
import { oneOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { occupancy } from './site-queries.ts';

const columns = (db: TenantDb) => ({
  ...pick('sites as s', 'id', 'name', 'name_norm', 'status'),
  occupancy: occupancy(db, 's'),
});

export type ListedSite = RowOf<ReturnType<typeof columns>>;

export const siteList = list({
  from: 'sites as s',
  columns,
  orders: { name: { columns: ['s.name_norm'], fields: ['name_norm'] } },
  defaultSort: 'name',
  filters: { status: oneOf(['active', 'archived'], 's.status') },
});
