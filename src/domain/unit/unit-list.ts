import type { Knex } from 'knex';
import { column, pick, type RowOf } from '../../database/columns.ts';
import { id, ids, manyOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normaliseCode } from '../company/company.ts';
import { prefixSearch } from '../search/find-ids.ts';
import { beginsWith } from '../search/matching-ids.ts';
import { withType } from './unit-queries.ts';
import { unitStatuses } from './unit.ts';

const columns = (db: TenantDb) => ({
  ...pick('units as u', 'id', 'code', 'code_sort', 'status', 'site_id'),
  price_cents: db.raw<bigint>('coalesce(u.price_cents, t.price_cents)'),
  site_name: column('sites as s', 'name'),
  type_name: column('unit_types as t', 'name'),
  ...pick('unit_types as t', 'width_mm', 'depth_mm', 'height_mm'),
});

export type ListedUnit = RowOf<ReturnType<typeof columns>>;

const declaration = {
  from: 'units as u',
  join: (units: Knex.QueryBuilder) => void withType(units),
  columns,
  orders: { code: { columns: ['u.code_sort', 'u.id'], fields: ['code_sort', 'id'] } },
  defaultSort: 'code',
} as const;

export const unitList = list({
  ...declaration,
  entity: 'unit',
  filters: {
    site: ids('u.site_id'),
    unit_type: ids('u.unit_type_id'),
    status: manyOf(unitStatuses, 'u.status'),
  },
  searchIds: prefixSearch('u.id', (db, q) =>
    whereCodeBegins(db.visible('units as u'), q).orderBy('u.code_norm'),
  ),
});

/** The units of one site. */
export const siteUnitList = list({
  ...declaration,
  within: { site: id('u.site_id') },
  search: whereCodeBegins,
});

function whereCodeBegins(units: Knex.QueryBuilder, q: string): Knex.QueryBuilder {
  return beginsWith(units, 'u.code_norm', normaliseCode(q));
}
