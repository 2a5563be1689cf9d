import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normaliseCode, type CompanyStatus } from './company.ts';

export const MAX_SEARCH_RESULTS = 200;

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
