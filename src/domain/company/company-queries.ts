import type { Knex } from 'knex';
import { column, nullable, pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import { countUpToMax, paginate, type Order, type PagePosition } from '../../database/paginate.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normaliseName } from '../text/normalise.ts';
import { normaliseCode } from './company.ts';

export const companyOrders = {
  name: { columns: ['c.name_norm', 'c.id'], fields: ['name_norm', 'id'] },
  code: { columns: ['c.code_norm'], fields: ['code_norm'] },
} as const;

export const MAX_SEARCH_RESULTS = 200;

const CUSTOMER_COUNT = `(select count(*)::int from memberships m
  where m.tenant_id = ? and m.company_id = c.id)`;

const listColumns = (db: TenantDb) => ({
  ...pick('companies as c', 'id', 'code', 'code_norm', 'name', 'name_norm', 'status'),
  customers: db.raw<number>(CUSTOMER_COUNT, [db.tenantId]),
});

/** A `q` of one or two characters matches prefixes only. */
export function listCompanies(
  db: TenantDb,
  q: string,
  order: Order,
  page: { place: PagePosition | null; size: number },
) {
  return paginate(selectRows(matchingCompanies(db, q), listColumns(db)), order, page);
}

export function countCompanies(db: TenantDb, q: string) {
  return countUpToMax(db, matchingCompanies(db, q));
}

function matchingCompanies(db: TenantDb, q: string): Knex.QueryBuilder {
  const companies = db.from('companies as c');
  const term = Array.from(normaliseName(q)).slice(0, 100).join('');
  if (term === '') return companies;
  if (Array.from(term).length < 3) {
    return companies.where((either) =>
      either
        .where((name) => beginsWith(name, 'c.name_norm', term))
        .orWhere((code) => beginsWith(code, 'c.code_norm', normaliseCode(term))),
    );
  }
  // An array: for a set-returning function the planner estimates 1,000 rows and would scan all companies.
  return companies.whereRaw('c.id = any(array(select search_companies(?, ?, ?)))', [
    db.tenantId,
    term,
    MAX_SEARCH_RESULTS,
  ]);
}

/** A range, because LIKE cannot use an index under row level security. */
function beginsWith(builder: Knex.QueryBuilder, column: string, prefix: string): Knex.QueryBuilder {
  return builder.where(column, '>=', prefix).where(column, '<', `${prefix}\u{10ffff}`);
}

const refColumns = pick('companies', 'id', 'code', 'name');

export type CompanyRef = RowOf<typeof refColumns>;

const detailColumns = {
  ...pick('companies as c', 'id', 'code', 'name', 'status', 'version', 'created_at', 'parent_id'),
  parent_code: nullable(column('companies as p', 'code')),
  parent_name: nullable(column('companies as p', 'name')),
};

export type CompanyDetail = RowOf<typeof detailColumns>;

export function findCompany(db: TenantDb, id: string) {
  const company = db
    .from('companies as c')
    .leftJoin('companies as p', { 'p.tenant_id': 'c.tenant_id', 'p.id': 'c.parent_id' })
    .where('c.id', id);
  return selectRow(company, detailColumns);
}

export function findCompanyByCode(db: TenantDb, code: string) {
  return selectRow(db.from('companies').where({ code_norm: normaliseCode(code) }), refColumns);
}

export function findCompanyName(db: TenantDb, id: string | undefined) {
  const companies = db.from('companies');
  const company = id ? companies.where({ id }) : companies.whereRaw('false');
  return selectRow(company, pick('companies', 'name'));
}

export function listChildren(db: TenantDb, companyId: string) {
  const children = db
    .from('companies')
    .where({ parent_id: companyId })
    .orderBy(['name_norm', 'id'])
    .limit(MAX_SEARCH_RESULTS);
  return selectRows(children, refColumns);
}

export function listParentSuggestions(db: TenantDb) {
  const companies = db
    .from('companies')
    .whereNot({ status: 'archived' })
    .orderBy(['name_norm', 'id'])
    .limit(100);
  return selectRows(companies, refColumns);
}
