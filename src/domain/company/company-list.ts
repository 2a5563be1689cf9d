import { pick, selectRows, type RowOf } from '../../database/columns.ts';
import { createdRange, id, ids, manyOf, oneOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { labelFilter, labelsOf } from '../label/row-labels.ts';
import { keySearch } from '../search/find-ids.ts';
import { companyIdsAt } from '../search/matching-ids.ts';
import { companyStatuses } from './company.ts';
import { findMatchingCompanyIds, searchedCompanies } from './company-search.ts';

const CUSTOMER_COUNT = `(select count(*)::int from memberships m
  where m.tenant_id = ? and m.company_id = c.id)`;

/** Null also if the viewer may not see the parent. */
function parentCode(db: TenantDb) {
  const parents = db.visible('companies as p').whereRaw('p.id = c.parent_id');
  return db.raw<string | null>('?', [selectRows(parents, pick('companies as p', 'code'))]);
}

const columns = (db: TenantDb) => ({
  ...pick('companies as c', 'id', 'code', 'code_norm', 'name', 'name_norm', 'status', 'created_at'),
  ...pick('companies as c', 'address', 'billing_emails'),
  parent_code: parentCode(db),
  customers: db.raw<number>(CUSTOMER_COUNT, [db.tenantId]),
  labels: labelsOf(db, 'company', 'c.id'),
});

export type ListedCompany = RowOf<ReturnType<typeof columns>>;

export const companyList = list({
  from: 'companies as c',
  columns,
  orders: {
    name: { columns: ['c.name_norm', 'c.id'], fields: ['name_norm', 'id'] },
    code: { columns: ['c.code_norm'], fields: ['code_norm'] },
  },
  defaultSort: 'name',
  filters: {
    status: manyOf(companyStatuses, 'c.status'),
    renting: oneOf(['yes', 'no'], (companies, renting) => {
      void companies.whereRaw(renting === 'yes' ? 'c.is_renting' : 'not c.is_renting');
    }),
    /** The ids of sites at one of which they rent. */
    site: ids((companies, sites, { db }) => {
      const chosen = db.raw('?::uuid[]', [[...sites]]);
      void companies.whereRaw('c.id = any(array(select id from (?) as renter))', [companyIdsAt(db, chosen)]);
    }),
    parent: id('c.parent_id'),
    label: labelFilter('company', 'c.id'),
    created: createdRange('c.id'),
  },
  entity: 'company',
  ...keySearch(searchedCompanies, findMatchingCompanyIds),
});
