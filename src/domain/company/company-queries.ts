import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import { countUpToMax, paginate, type Order, type Place } from '../../database/paginate.ts';
import { normalName } from '../text/normalise.ts';
import { normalCode, type CompanyStatus } from './company.ts';

/** A company as the list shows it. */
export interface ListedCompany {
  id: string;
  code: string;
  code_norm: string;
  name: string;
  name_norm: string;
  status: CompanyStatus;
  customers: number;
}

/** Each is served by an index. */
export const companyOrders = {
  name: { columns: ['c.name_norm', 'c.id'], fields: ['name_norm', 'id'] },
  code: { columns: ['c.code_norm'], fields: ['code_norm'] },
} as const;

/** More matches than this are not looked for: nobody pages through them, they type another letter. */
export const MOST_FOUND = 200;

const CUSTOMERS = `(select count(*)::int from memberships m
  where m.tenant_id = ? and m.company_id = c.id) as customers`;

/** One page of those whose name or code has `q` in it; of one or two characters, those that begin with it. */
export function listCompanies(
  db: TenantDb,
  q: string,
  order: Order,
  page: { place: Place | null; size: number },
): Knex.QueryBuilder<ListedCompany, ListedCompany[]> {
  const companies = matching(db, q)
    .select('c.id', 'c.code', 'c.code_norm', 'c.name', 'c.name_norm', 'c.status')
    .select(db.raw(CUSTOMERS, [db.tenantId]));
  return paginate(companies, order, page) as unknown as Knex.QueryBuilder<ListedCompany, ListedCompany[]>;
}

export function countCompanies(db: TenantDb, q: string) {
  return countUpToMax(db, matching(db, q));
}

function matching(db: TenantDb, q: string): Knex.QueryBuilder {
  const companies = db.from('companies as c');
  const term = Array.from(normalName(q)).slice(0, 100).join('');
  if (term === '') return companies;
  if (Array.from(term).length < 3) {
    return companies.where((either) =>
      either
        .where((name) => beginsWith(name, 'c.name_norm', term))
        .orWhere((code) => beginsWith(code, 'c.code_norm', normalCode(term))),
    );
  }
  // As an array: a function's rows are guessed to be a thousand, and for those the planner reads every company.
  return companies.whereRaw('c.id = any(array(select search_companies(?, ?, ?)))', [
    db.tenantId,
    term,
    MOST_FOUND,
  ]);
}

/** A range, not LIKE: under row level security only that uses the index. */
function beginsWith(builder: Knex.QueryBuilder, column: string, prefix: string): Knex.QueryBuilder {
  return builder.where(column, '>=', prefix).where(column, '<', `${prefix}\u{10ffff}`);
}

/** A company, as far as links to it go. */
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
    .where({ code_norm: normalCode(code) })
    .select('id', 'code', 'name')
    .first() as unknown as Knex.QueryBuilder<CompanyRef, CompanyRef | undefined>;
}

/** The companies directly below one. */
export function listChildren(db: TenantDb, companyId: string): Knex.QueryBuilder<CompanyRef, CompanyRef[]> {
  return db
    .from('companies')
    .where({ parent_id: companyId })
    .orderBy(['name_norm', 'id'])
    .limit(MOST_FOUND)
    .select('id', 'code', 'name') as unknown as Knex.QueryBuilder<CompanyRef, CompanyRef[]>;
}

/** What the form proposes as parents; with more companies than this one types the code. */
export function listProposedParents(db: TenantDb): Knex.QueryBuilder<CompanyRef, CompanyRef[]> {
  return db
    .from('companies')
    .whereNot({ status: 'archived' })
    .orderBy(['name_norm', 'id'])
    .limit(100)
    .select('id', 'code', 'name') as unknown as Knex.QueryBuilder<CompanyRef, CompanyRef[]>;
}

/** Whether `companyId` is `ancestorId` or below it. */
export async function isAtOrBelow(db: TenantDb, companyId: string, ancestorId: string): Promise<boolean> {
  const { rows } = await db.raw(
    `with recursive upwards as (
       select c.id, c.parent_id from companies c where c.tenant_id = ? and c.id = ?
       union
       select p.id, p.parent_id from companies p join upwards u on p.id = u.parent_id where p.tenant_id = ?
     )
     select 1 from upwards where id = ?`,
    [db.tenantId, companyId, db.tenantId, ancestorId],
  );
  return (rows as unknown[]).length > 0;
}
