import type { Knex } from 'knex';
import { countUpToMax, paginate, type Order, type PagePosition } from '../../database/paginate.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normaliseName } from '../text/normalise.ts';
import { normaliseCode, type CompanyStatus } from './company.ts';

export interface ListedCompany {
  id: string;
  code: string;
  code_norm: string;
  name: string;
  name_norm: string;
  status: CompanyStatus;
  customers: number;
}

export const companyOrders = {
  name: { columns: ['c.name_norm', 'c.id'], fields: ['name_norm', 'id'] },
  code: { columns: ['c.code_norm'], fields: ['code_norm'] },
} as const;

export const MAX_SEARCH_RESULTS = 200;

const CUSTOMER_COUNT = `(select count(*)::int from memberships m
  where m.tenant_id = ? and m.company_id = c.id) as customers`;

/** A `q` of one or two characters matches prefixes only. */
export function listCompanies(
  db: TenantDb,
  q: string,
  order: Order,
  page: { place: PagePosition | null; size: number },
): Knex.QueryBuilder<ListedCompany, ListedCompany[]> {
  const companies = matchingCompanies(db, q)
    .select('c.id', 'c.code', 'c.code_norm', 'c.name', 'c.name_norm', 'c.status')
    .select(db.raw(CUSTOMER_COUNT, [db.tenantId]));
  return paginate(companies, order, page) as unknown as Knex.QueryBuilder<ListedCompany, ListedCompany[]>;
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

export interface CompanyRef {
  id: string;
  code: string;
  name: string;
}

export interface CompanyDetail extends CompanyRef {
  status: CompanyStatus;
  version: number;
  created_at: Date;
  parent_id: string | null;
  parent_code: string | null;
  parent_name: string | null;
}

export function findCompany(
  db: TenantDb,
  id: string,
): Knex.QueryBuilder<CompanyDetail, CompanyDetail | undefined> {
  return db
    .from('companies as c')
    .leftJoin('companies as p', { 'p.tenant_id': 'c.tenant_id', 'p.id': 'c.parent_id' })
    .where('c.id', id)
    .select('c.id', 'c.code', 'c.name', 'c.status', 'c.version', 'c.created_at', 'c.parent_id')
    .select({ parent_code: 'p.code', parent_name: 'p.name' })
    .first() as unknown as Knex.QueryBuilder<CompanyDetail, CompanyDetail | undefined>;
}

export function findCompanyByCode(
  db: TenantDb,
  code: string,
): Knex.QueryBuilder<CompanyRef, CompanyRef | undefined> {
  return db
    .from('companies')
    .where({ code_norm: normaliseCode(code) })
    .select('id', 'code', 'name')
    .first() as unknown as Knex.QueryBuilder<CompanyRef, CompanyRef | undefined>;
}

export function findCompanyName(
  db: TenantDb,
  id: string | undefined,
): Knex.QueryBuilder<{ name: string }, { name: string } | undefined> {
  const company = db.from('companies').select('name').first();
  return (id ? company.where({ id }) : company.whereRaw('false')) as unknown as Knex.QueryBuilder<
    { name: string },
    { name: string } | undefined
  >;
}

export function listChildren(db: TenantDb, companyId: string): Knex.QueryBuilder<CompanyRef, CompanyRef[]> {
  return db
    .from('companies')
    .where({ parent_id: companyId })
    .orderBy(['name_norm', 'id'])
    .limit(MAX_SEARCH_RESULTS)
    .select('id', 'code', 'name') as unknown as Knex.QueryBuilder<CompanyRef, CompanyRef[]>;
}

export function listParentSuggestions(db: TenantDb): Knex.QueryBuilder<CompanyRef, CompanyRef[]> {
  return db
    .from('companies')
    .whereNot({ status: 'archived' })
    .orderBy(['name_norm', 'id'])
    .limit(100)
    .select('id', 'code', 'name') as unknown as Knex.QueryBuilder<CompanyRef, CompanyRef[]>;
}
