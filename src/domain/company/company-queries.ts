import { column, nullable, pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normaliseCode } from './company.ts';

const MAX_CHILDREN = 200;

const refColumns = pick('companies', 'id', 'code', 'name');

export type CompanyRef = RowOf<typeof refColumns>;

const detailColumns = {
  ...pick(
    'companies as c',
    'id',
    'code',
    'name',
    'status',
    'version',
    'created_at',
    'parent_id',
    'custom',
    'address',
  ),
  /** Null also if the viewer may not see the parent. */
  parent_code: nullable(column('companies as p', 'code')),
  parent_name: nullable(column('companies as p', 'name')),
};

export type CompanyDetail = RowOf<typeof detailColumns>;

export function findCompany(db: TenantDb, id: string) {
  const company = db
    .visible('companies as c')
    .leftJoin('companies as p', (parent) => {
      parent.on({ 'p.tenant_id': 'c.tenant_id', 'p.id': 'c.parent_id' });
      db.onVisible(parent, 'companies as p');
    })
    .where('c.id', id);
  return selectRow(company, detailColumns);
}

export function findCompanyByCode(db: TenantDb, code: string) {
  return selectRow(db.visible('companies').where({ code_norm: normaliseCode(code) }), refColumns);
}

export function findCompanyName(db: TenantDb, id: string) {
  return selectRow(db.visible('companies').where({ id }), pick('companies', 'name'));
}

export function listChildren(db: TenantDb, companyId: string) {
  const children = db
    .visible('companies')
    .where({ parent_id: companyId })
    .orderBy(['name_norm', 'id'])
    .limit(MAX_CHILDREN);
  return selectRows(children, refColumns);
}

export function listParentSuggestions(db: TenantDb) {
  const companies = db
    .visible('companies')
    .whereNot({ status: 'archived' })
    .orderBy(['name_norm', 'id'])
    .limit(100);
  return selectRows(companies, refColumns);
}
