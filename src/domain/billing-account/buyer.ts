import type { Knex } from 'knex';
import { column, nullable, pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import { convertRead } from '../../database/in-tenant.ts';
import { isId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Party } from '../billing/billing-settings.ts';
import { normaliseCode } from '../company/company.ts';
import { parseEmailAddress } from '../text/email-address.ts';
import type { Owner } from './billing-account.ts';

const buyerColumns = {
  ...pick('billing_accounts as b', 'id'),
  company_name: nullable(column('companies as c', 'name')),
  company_address: nullable(column('companies as c', 'address')),
  tax_number: nullable(column('companies as c', 'tax_number')),
  user_name: nullable(column('users as u', 'name')),
  user_email: nullable(column('users as u', 'email')),
  user_address: nullable(column('users as u', 'address')),
};

/** What an invoice states of its buyer, by the id of the account. */
export async function findBuyers(db: TenantDb, accountIds: readonly string[]): Promise<Map<string, Party>> {
  const accounts = withOwner(db.from('billing_accounts as b')).whereRaw('b.id = any(?::uuid[])', [
    [...new Set(accountIds)],
  ]);
  const rows = await selectRows(accounts, buyerColumns);
  return new Map(rows.map((row) => [row.id, toParty(row)]));
}

const ownColumns = {
  ...buyerColumns,
  ...pick(
    'billing_accounts as b',
    'currency',
    'reference',
    'receivable_cents',
    'credit_cents',
    'deposit_cents',
  ),
};

/** The open account of an owner in a currency, or any of the owner by its id. */
export type OwnAccount = { currency: string } | { id: string };

/** Undefined if the owner has no such account. */
export function findOwnAccount(db: TenantDb, owner: Owner, which: OwnAccount) {
  const [[name, id]] = Object.entries(owner) as [[string, string]];
  const accounts = withOwner(db.visible('billing_accounts as b')).where({ [`b.${name}`]: id });
  void accounts.where(
    'id' in which ? { 'b.id': which.id } : { 'b.currency': which.currency, 'b.closed_at': null },
  );
  return convertRead(selectRow(accounts, ownColumns), (row) => row && { ...row, buyer: toParty(row) });
}

/** SQL of its id, for reads that are sent together with it. */
export function ownAccountId(db: TenantDb, owner: Owner, which: OwnAccount) {
  const [[name, id]] = Object.entries(owner) as [[string, string]];
  if ('id' in which)
    return db.raw<string>(
      '(select o.id from billing_accounts o where o.tenant_id = ? and o.?? = ? and o.id = ?)',
      [db.tenantId, name, id, which.id],
    );
  return db.raw<string>(
    '(select o.id from billing_accounts o where o.tenant_id = ? and o.?? = ? and o.currency = ? and o.closed_at is null)',
    [db.tenantId, name, id, which.currency],
  );
}

function withOwner(accounts: Knex.QueryBuilder): Knex.QueryBuilder {
  return accounts
    .leftJoin('companies as c', { 'c.tenant_id': 'b.tenant_id', 'c.id': 'b.company_id' })
    .leftJoin('users as u', { 'u.tenant_id': 'b.tenant_id', 'u.id': 'b.user_id' });
}

function toParty(row: RowOf<typeof buyerColumns>): Party {
  return {
    name: row.company_name ?? (row.user_name || row.user_email!),
    address: row.company_address ?? row.user_address,
    tax_number: row.tax_number,
  };
}

/**
 * The company with the code, or the person with the email address or the id, among those that the viewer may see. Links
 * to a form have the id of a person without an email address.
 */
export async function findOwner(db: TenantDb, text: string): Promise<Owner | undefined> {
  const email = parseEmailAddress(text);
  if (email || isId(text)) {
    const key = email ? { email_norm: email } : { id: text };
    const users = db.visible('users').where({ audience: 'customer', ...key });
    const user = await selectRow(users, pick('users', 'id'));
    return user && { user_id: user.id };
  }
  const companies = db.visible('companies').where({ code_norm: normaliseCode(text) });
  const company = await selectRow(companies, pick('companies', 'id'));
  return company && { company_id: company.id };
}
