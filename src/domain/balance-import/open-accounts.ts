import { selectRows } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { accountColumns, newReference, type BillingAccount } from '../billing-account/billing-account.ts';
import type { Payer } from './find-payers.ts';

/** A new reference may be taken. */
const MAX_ATTEMPTS = 5;

export interface OpenedAccounts {
  /** Locked, by the id of the person or the company. */
  accounts: ReadonlyMap<string, BillingAccount>;
  created: ReadonlySet<string>;
}

/** Opens the accounts that are missing, and locks all in the order of their ids. */
export async function openAccounts(
  db: TenantDb,
  payers: readonly Payer[],
  currency: string,
): Promise<OpenedAccounts> {
  const created = new Set<string>();
  const byId = new Map(payers.map((payer) => [payer.id, payer]));
  let accounts = await findAccountsOf(db, [...byId.keys()], currency, { lock: true });
  for (let attempt = 0; attempt < MAX_ATTEMPTS && accounts.size < byId.size; attempt += 1) {
    const missing = [...byId.values()].filter(({ id }) => !accounts.has(id));
    for (const id of await insertAccounts(db, missing, currency)) created.add(id);
    accounts = await findAccountsOf(db, [...byId.keys()], currency, { lock: true });
  }
  return { accounts, created };
}

/** Those that are not closed, by the id of the person or the company. Locked in the order of the ids of the accounts. */
export async function findAccountsOf(
  db: TenantDb,
  ownerIds: readonly string[],
  currency: string,
  { lock }: { lock: boolean },
): Promise<Map<string, BillingAccount>> {
  const accounts = db
    .from('billing_accounts')
    .where({ currency, closed_at: null })
    .whereRaw('(user_id = any(?::uuid[]) or company_id = any(?::uuid[]))', [[...ownerIds], [...ownerIds]])
    .orderBy('id');
  const rows = await selectRows(lock ? accounts.forUpdate() : accounts, accountColumns);
  return new Map(rows.map((account) => [(account.company_id ?? account.user_id)!, account]));
}

/** Returns the ids of the new accounts. */
async function insertAccounts(db: TenantDb, payers: readonly Payer[], currency: string): Promise<string[]> {
  const rows = payers
    .map(({ owner }) => ({ id: newId(), user_id: null, company_id: null, ...owner }))
    .map((row) => ({ ...row, currency, reference: newReference() }));
  const inserted = await db.insertInto('billing_accounts', rows).onConflict().ignore().returning('id');
  return inserted.map(({ id }) => id);
}
