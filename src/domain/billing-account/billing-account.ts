import { randomInt } from 'node:crypto';
import type { Knex } from 'knex';
import { pick, selectRows, type RowOf } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';

/** Who owes: a person or a company. */
export type Owner = { user_id: string } | { company_id: string };

/** Exactly one of the two is set. */
export function ownerOf({ user_id, company_id }: Record<'user_id' | 'company_id', string | null>): Owner {
  return company_id === null ? { user_id: user_id! } : { company_id };
}

/** Rows of the owner's accounts, which get the alias `b`. `column` is the id of the account. */
export function accountsOf(rows: Knex.QueryBuilder, column: string, owner: Owner): Knex.QueryBuilder {
  const [[name, id]] = Object.entries(owner) as [[string, string]];
  return rows
    .join('billing_accounts as b', { 'b.tenant_id': `${column.split('.')[0]}.tenant_id`, 'b.id': column })
    .where(`b.${name}`, id);
}

export const accountColumns = pick(
  'billing_accounts',
  'id',
  'user_id',
  'company_id',
  'currency',
  'reference',
  'billing_method',
  'billing_trigger',
  'invoice_day',
  'terms_days',
  'receivable_cents',
  'credit_cents',
  'deposit_cents',
  'closed_at',
);

export type BillingAccount = RowOf<typeof accountColumns>;

/**
 * Locks the accounts until the commit, in the order of their ids. Every action on money locks its account after the
 * unit and before rentals, invoices and counters.
 */
export async function lockAccounts(
  db: TenantDb,
  ids: readonly string[],
): Promise<Map<string, BillingAccount>> {
  const accounts = await selectRows(accountsWith(db, ids).forUpdate(), accountColumns);
  if (accounts.some(({ closed_at }) => closed_at !== null)) throw new AccountClosed();
  return byId(accounts);
}

/**
 * The account was closed after its id was read, and what belonged to it moved. The transaction runs again and reads
 * the id of the account that has it now.
 */
export class AccountClosed extends Error {
  override name = 'AccountClosed';
  /** serialization_failure, see `runInTransaction`. */
  readonly code = '40001';
}

/** Without a lock. */
export async function findAccounts(
  db: TenantDb,
  ids: readonly string[],
): Promise<Map<string, BillingAccount>> {
  return byId(await selectRows(accountsWith(db, ids), accountColumns));
}

function accountsWith(db: TenantDb, ids: readonly string[]) {
  return db
    .from('billing_accounts')
    .whereRaw('billing_accounts.id = any(?::uuid[])', [[...new Set(ids)]])
    .orderBy('id');
}

function byId(accounts: readonly BillingAccount[]): Map<string, BillingAccount> {
  return new Map(accounts.map((account) => [account.id, account]));
}

/** @throws {NotFound} */
export async function lockAccount(db: TenantDb, id: string): Promise<BillingAccount> {
  return found((await lockAccounts(db, [id])).get(id));
}

/** @throws {NotFound} if the owner has no open account in the currency */
export async function lockOwnAccount(db: TenantDb, owner: Owner, currency: string): Promise<BillingAccount> {
  const accounts = db
    .from('billing_accounts')
    .where({ ...owner, currency, closed_at: null })
    .forUpdate();
  return found((await selectRows(accounts, accountColumns))[0]);
}

/** Creates the account if the owner has none in the currency, and locks it. */
export async function openAccount(db: TenantDb, owner: Owner, currency: string): Promise<BillingAccount> {
  await db
    .insertInto('billing_accounts', { id: newId(), ...owner, currency, reference: newReference() })
    .onConflict()
    .ignore();
  return lockOwnAccount(db, owner, currency);
}

/** Without letters and digits that look alike. */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
const REFERENCE_LENGTH = 6;

/** What customers state in a bank transfer, like `PRT-8F3K2TQ`. The last character is a check of the others. */
export function newReference(): string {
  const values = Array.from({ length: REFERENCE_LENGTH }, () => randomInt(ALPHABET.length));
  return `PRT-${[...values, checkOf(values)].map((value) => ALPHABET[value]).join('')}`;
}

/** False for a reference with a wrong or two swapped characters. */
export function isReference(text: string): boolean {
  const values = Array.from(text.toUpperCase().replace(/^PRT-/, ''), (each) => ALPHABET.indexOf(each));
  if (values.length !== REFERENCE_LENGTH + 1 || values.includes(-1)) return false;
  return checkOf(values.slice(0, -1)) === values.at(-1);
}

/** A weighted sum modulo a prime, so that every swap and every wrong character changes it. */
function checkOf(values: readonly number[]): number {
  return values.reduce((sum, value, position) => sum + value * (position + 2), 0) % ALPHABET.length;
}
