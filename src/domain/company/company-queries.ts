import { column, nullable, pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normaliseCode } from './company.ts';

/** Shown on the page of the parent. The list shows all of them. */
export const MAX_CHILDREN = 20;

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
    'status_reason',
    'status_since',
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

/** Locks the row, after which its status does not change. */
export function findCompanyForUpdate(db: TenantDb, id: string) {
  return findCompany(db, id).forNoKeyUpdate('c');
}

/** The status does not change until the commit. */
export function findCompanyForShare(db: TenantDb, id: string) {
  return findCompany(db, id).forShare('c');
}

export function findCompanyByCode(db: TenantDb, code: string) {
  const companies = db.visible('companies').where({ code_norm: normaliseCode(code) });
  return selectRow(companies, { ...refColumns, ...pick('companies', 'status') });
}

export function findCompanyName(db: TenantDb, id: string) {
  return selectRow(db.visible('companies').where({ id }), pick('companies', 'name'));
}

export function listChildren(db: TenantDb, companyId: string) {
  const children = db
    .visible('companies')
    .where({ parent_id: companyId })
    .orderBy(['name_norm', 'id'])
    .limit(MAX_CHILDREN + 1);
  return selectRows(children, { ...refColumns, ...pick('companies', 'status') });
}

export function listParentSuggestions(db: TenantDb) {
  const companies = db
    .visible('companies')
    .whereNot({ status: 'archived' })
    .orderBy(['name_norm', 'id'])
    .limit(100);
  return selectRows(companies, refColumns);
}
