import type { Row } from '../../database/tables.ts';
import type { CivilDate } from '../billing/civil-date.ts';

type Entry = Row<'ledger_entries'>;

export type LedgerAccount = Entry['debit'];

/** A movement from the account of the credit side to that of the debit side. One row, so it always balances. */
export interface Movement {
  debit: LedgerAccount;
  credit: LedgerAccount;
  amount: bigint;
}

/** What one event moves, stored in one transaction. */
export interface Posting {
  billing_account_id: string;
  currency: string;
  posting: Entry['posting'];
  source_type: Entry['source_type'];
  source_id: string;
  effective_on: CivilDate;
  movements: readonly Movement[];
}

/** The sums of `billing_accounts` that the ledger changes. */
export interface BalanceChange {
  receivable_cents: bigint;
  credit_cents: bigint;
  deposit_cents: bigint;
}

/** Swaps the sides of a negative amount and drops one of 0. */
export function movement(debit: LedgerAccount, credit: LedgerAccount, amount: bigint): Movement[] {
  if (amount === 0n) return [];
  return amount > 0n ? [{ debit, credit, amount }] : [{ debit: credit, credit: debit, amount: -amount }];
}

export function mirrored(movements: readonly Movement[]): Movement[] {
  return movements.map(({ debit, credit, amount }) => ({ debit: credit, credit: debit, amount }));
}

/** Customers owe what is receivable; credit and deposits are owed to them. */
export function balanceChange(movements: readonly Movement[]): BalanceChange {
  const change = { receivable_cents: 0n, credit_cents: 0n, deposit_cents: 0n };
  for (const { debit, credit, amount } of movements) {
    if (debit === 'receivable') change.receivable_cents += amount;
    if (credit === 'receivable') change.receivable_cents -= amount;
    if (credit === 'credit') change.credit_cents += amount;
    if (debit === 'credit') change.credit_cents -= amount;
    if (credit === 'deposit') change.deposit_cents += amount;
    if (debit === 'deposit') change.deposit_cents -= amount;
  }
  return change;
}
