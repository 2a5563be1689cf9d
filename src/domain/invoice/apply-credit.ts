import type { TenantDb } from '../../database/tenant-db.ts';
import type { BillingAccount } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { movement } from '../ledger/ledger.ts';
import { postEntries } from '../ledger/post-entries.ts';
import { allocateOldestFirst, listOpenInvoices, type Allocated } from './open-invoices.ts';
import { settleInvoices } from './settle-invoices.ts';

/**
 * Applies the credit of the locked account to its open invoices, the oldest first, unless the settings say that staff do
 * it. Returns what was applied.
 */
export async function applyCreditToOldest(
  db: TenantDb,
  billing: Billing,
  account: BillingAccount,
): Promise<Allocated[]> {
  if (!billing.applies_credit || account.credit_cents === 0n) return [];
  const allocated = allocateOldestFirst(await listOpenInvoices(db, account.id), account.credit_cents);
  postAppliedCredit(db, billing, account, allocated);
  return allocated;
}

export function postAppliedCredit(
  db: TenantDb,
  billing: Billing,
  account: BillingAccount,
  allocated: readonly Allocated[],
): void {
  postEntries(
    db,
    allocated.map(({ invoice, amount_cents }) => ({
      billing_account_id: account.id,
      currency: account.currency,
      posting: 'credit_applied',
      source_type: 'invoice',
      source_id: invoice.id,
      effective_on: billing.today,
      movements: movement('credit', 'receivable', amount_cents),
    })),
  );
  settleInvoices(
    db,
    billing,
    allocated.map(({ invoice, amount_cents }) => ({
      billing_account_id: account.id,
      source: 'credit',
      source_id: invoice.id,
      invoice_id: invoice.id,
      amount_cents,
      effective_on: billing.today,
    })),
  );
}
