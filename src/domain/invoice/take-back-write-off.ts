import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { BillingAccount } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { movement } from '../ledger/ledger.ts';
import { postEntries } from '../ledger/post-entries.ts';
import type { NewAllocation } from './settle-invoices.ts';

/** Of an invoice. A negative amount is not bad debt any longer. */
export function postBadDebt(
  db: TenantDb,
  billing: Billing,
  { id: billing_account_id, currency }: BillingAccount,
  invoiceId: string,
  amount: bigint,
): void {
  const source = { source_type: 'invoice', source_id: invoiceId, effective_on: billing.today } as const;
  const movements = movement('bad_debt', 'receivable', amount);
  postEntries(db, [{ billing_account_id, currency, posting: 'write_off', ...source, movements }]);
}

/**
 * That much of the invoice was written off and is open again. Returns the allocations that settle it so: the last one is
 * reversed, and its rest is written off anew.
 */
export async function takeBackWriteOff(
  db: TenantDb,
  billing: Billing,
  account: BillingAccount,
  { invoice_id, amount }: { invoice_id: string; amount: bigint },
): Promise<NewAllocation[]> {
  if (amount === 0n) return [];
  postBadDebt(db, billing, account, invoice_id, -amount);
  const allocations: NewAllocation[] = [];
  let left = amount;
  for (const { id, amount_cents } of await listStanding(db, invoice_id)) {
    if (left === 0n) break;
    const row = {
      billing_account_id: account.id,
      source: 'write_off' as const,
      source_id: invoice_id,
      invoice_id,
      effective_on: billing.today,
    };
    const part = amount_cents < left ? amount_cents : left;
    allocations.push({ ...row, amount_cents, reverses_id: id });
    if (part < amount_cents) allocations.push({ ...row, amount_cents: amount_cents - part });
    left -= part;
  }
  return allocations;
}

/** Write-offs that were not taken back, the last one first. */
function listStanding(db: TenantDb, invoiceId: string) {
  const allocations = db
    .from('allocations as a')
    .where({ 'a.invoice_id': invoiceId, 'a.source': 'write_off', 'a.reverses_id': null })
    .whereRaw('not exists (select 1 from allocations r where r.tenant_id = ? and r.reverses_id = a.id)', [
      db.tenantId,
    ])
    .orderBy('a.id', 'desc');
  return selectRows(allocations, pick('allocations as a', 'id', 'amount_cents'));
}
