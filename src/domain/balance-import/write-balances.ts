import type { TenantDb } from '../../database/tenant-db.ts';
import { groupBy } from '../../group-by.ts';
import { recordAudits } from '../audit/record-audit.ts';
import { findBuyers } from '../billing-account/buyer.ts';
import { applyCreditToOldest } from '../invoice/apply-credit.ts';
import { amountText } from '../invoice/draft-actions.ts';
import {
  calculateInvoices,
  issueInvoices,
  type IssuedInvoice,
  type NewInvoice,
} from '../invoice/issue-invoices.ts';
import { dueOn } from '../rental/bill-rentals.ts';
import { unlockPaidRentals } from '../rental/unlock-rentals.ts';
import type { BalanceRows } from './balance-rows.ts';
import { openAccounts, type OpenedAccounts } from './open-accounts.ts';
import { OPENING_BALANCE, type BalancePlan } from './plan-balances.ts';
import type { WrittenRow } from '../import/row.ts';

const CREATED_VERSION = 1;

type Written = BalancePlan & { target_id: string; balance: NonNullable<BalancePlan['balance']> };

/**
 * One invoice or credit for each row, dated as the balance, so that it is no income of the month of the import. It has
 * no tax, which was charged elsewhere, and it is due as an invoice of today. The number of statements depends on the
 * number of dates, and on that of accounts with credit and open invoices.
 */
export async function writeBalances(
  db: TenantDb,
  rows: BalanceRows,
  plans: readonly BalancePlan[],
): Promise<WrittenRow[]> {
  const written = plans as readonly Written[];
  if (written.length === 0) return [];
  const { actor, billing } = rows;
  const payers = written.map(({ balance }) => balance.payer);
  const opened = await openAccounts(db, payers, billing.currency);
  const issued: IssuedInvoice[] = [];
  for (const [today, dated] of groupBy(written, ({ balance }) => balance.as_of)) {
    const invoices = await newInvoices(db, rows, dated, opened);
    const dayBilling = { ...billing, today };
    issued.push(...(await issueInvoices(db, dayBilling, calculateInvoices(dayBilling, invoices))));
  }
  recordAudits(
    db,
    actor,
    issued.map(({ id, kind, label, total_cents }) => ({
      event: kind === 'invoice' ? 'invoice.imported' : 'credit.imported',
      target: { type: 'invoice', id, name: label },
      changes: { amount: [null, amountText(total_cents, billing.currency)] },
    })),
  );
  await applyCredits(db, rows, issued);
  return written.map(({ line }) => ({
    line,
    result: 'created',
    errors: [],
    target_version: CREATED_VERSION,
    undo: null,
  }));
}

async function newInvoices(
  db: TenantDb,
  { billing }: BalanceRows,
  plans: readonly Written[],
  { accounts }: OpenedAccounts,
): Promise<NewInvoice[]> {
  const accountOf = ({ balance }: Written) => accounts.get(balance.payer.id)!;
  const buyers = await findBuyers(
    db,
    plans.map((plan) => accountOf(plan).id),
  );
  return plans.map((plan) => {
    const account = accountOf(plan);
    const { amount, description, deleted } = plan.balance;
    return {
      id: plan.target_id,
      account,
      buyer: buyers.get(account.id)!,
      lines: [
        {
          kind: 'item',
          description,
          // The description of the product is shown in the language of the reader.
          ...(description === OPENING_BALANCE && { description_params: {} }),
          unit_cents: amount,
        },
      ],
      due_on: amount < 0n ? null : dueOn(billing, { account, starts_on: billing.today }),
      source: 'import',
      source_key: `${account.id}:${deleted}`,
    };
  });
}

/** Credits pay open invoices of their accounts, which are rare before an import. */
async function applyCredits(db: TenantDb, { actor, billing }: BalanceRows, issued: readonly IssuedInvoice[]) {
  for (const { kind, account, total_cents } of issued) {
    if (kind !== 'credit_note' || account.receivable_cents === 0n) continue;
    const credited = { ...account, credit_cents: account.credit_cents + total_cents };
    const applied = await applyCreditToOldest(db, billing, credited);
    await unlockPaidRentals(
      db,
      actor,
      billing,
      applied.map(({ invoice }) => invoice.id),
    );
  }
}
