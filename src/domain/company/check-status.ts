import type { Knex } from 'knex';
import { column, pick, selectRow, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { FieldEntity } from '../custom-field/custom-field.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { statusRules } from './company-status.ts';
import type { CompanyStatus } from './company.ts';

/** Who owes, or an account: `company_id` is absent or null for a person. */
type Owner = { company_id?: string | null } | { user_id: string };

/**
 * Why the owner gets no new rental. The status does not change until the commit. Call it after locking the account, as
 * every action that locks both does.
 */
export async function rentError(
  db: TenantDb,
  owner: Owner,
  field = 'customer',
): Promise<FieldError | undefined> {
  const company = await readStatus(db, owner, (companies) => companies.forShare());
  return company && rentErrorOf(company, field);
}

/** Without a lock, before the customer sends a form. */
export async function expectedRentError(
  db: TenantDb,
  owner: Owner,
  field: string,
): Promise<FieldError | undefined> {
  const company = await readStatus(db, owner, (companies) => companies);
  return company && rentErrorOf(company, field);
}

/**
 * Why money of the owner is not changed. The status does not change until the commit. Call it after locking the account.
 */
export async function accountError(
  db: TenantDb,
  owner: Owner,
  field = 'customer',
): Promise<FieldError | undefined> {
  const company = await readStatus(db, owner, (companies) => companies.forShare());
  return company && changeError(company, field);
}

/** As `accountError`, for the account of an invoice or a rental. */
export async function rowError(
  db: TenantDb,
  table: 'invoices' | 'rentals',
  id: string,
  field: string,
): Promise<FieldError | undefined> {
  const companies = db
    .from(`${table} as t`)
    .join('billing_accounts as b', { 'b.tenant_id': 't.tenant_id', 'b.id': 't.billing_account_id' })
    .join('companies as c', { 'c.tenant_id': 'b.tenant_id', 'c.id': 'b.company_id' })
    .where('t.id', id)
    .forShare('c');
  const company = await selectRow(companies, pick('companies as c', 'name', 'status'));
  return company && changeError(company, field);
}

/** As `accountError`, for a row of one of these kinds. */
export async function archivedError(
  db: TenantDb,
  entity: FieldEntity,
  id: string,
  field: string,
): Promise<FieldError | undefined> {
  if (entity === 'company') return accountError(db, { company_id: id }, field);
  if (entity === 'rental') return rowError(db, 'rentals', id, field);
  return entity === 'invoice' ? rowError(db, 'invoices', id, field) : undefined;
}

interface Named {
  name: string;
  status: CompanyStatus;
}

/** Those of the accounts whose company gets no new rental. The status does not change until the commit. */
export async function accountsWithoutRenting(db: TenantDb, ids: readonly string[]): Promise<Set<string>> {
  const companies = db
    .from('companies as c')
    .join('billing_accounts as b', { 'b.tenant_id': 'c.tenant_id', 'b.company_id': 'c.id' })
    .whereRaw('b.id = any(?::uuid[])', [[...ids]])
    .orderBy('c.id')
    .forShare('c');
  const rows = await selectRows(companies, {
    ...pick('companies as c', 'status'),
    account_id: column('billing_accounts as b', 'id'),
  });
  // Not in the condition of the query, which PostgreSQL reads before it waits for the lock.
  return new Set(
    rows.filter(({ status }) => !statusRules[status].may_rent).map(({ account_id }) => account_id),
  );
}

/** Why nothing of the company is changed. */
export function changeError({ name, status }: Named, field: string): FieldError | undefined {
  if (statusRules[status].may_change) return undefined;
  return { field, code: 'company_archived', params: { company: name } };
}

/** Refuses the form as a whole. */
export function refuseArchived(company: Named): RefusedValues | undefined {
  const error = changeError(company, 'status');
  return error && refuse(error);
}

/** Why the company gets no new rental. */
export function rentErrorOf({ name, status }: Named, field: string): FieldError | undefined {
  if (statusRules[status].may_rent) return undefined;
  return { field, code: 'company_not_active', params: { company: name } };
}

async function readStatus(
  db: TenantDb,
  owner: Owner,
  lock: (companies: Knex.QueryBuilder) => Knex.QueryBuilder,
): Promise<Named | undefined> {
  if (!('company_id' in owner) || owner.company_id == null) return undefined;
  const companies = lock(db.from('companies').where({ id: owner.company_id }));
  return selectRow(companies, pick('companies', 'name', 'status'));
}
