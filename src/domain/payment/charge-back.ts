import { pick, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { paymentTexts } from '../../locales/payment-texts.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { BillingAccount } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { gatewayActor } from '../gateway/charge-deps.ts';
import { applyCreditToOldest } from '../invoice/apply-credit.ts';
import { amountText } from '../invoice/draft-actions.ts';
import { settleInvoices, type NewAllocation } from '../invoice/settle-invoices.ts';
import { movement, type Movement } from '../ledger/ledger.ts';
import { postEntries } from '../ledger/post-entries.ts';
import {
  labelsOf,
  listParts,
  updatePayment,
  type GatewayPayment,
  type LockedPayment,
} from './gateway-payment.ts';
import { alertStaffOfPayment, queuePaymentEmail } from './payment-emails.ts';

/**
 * Stores how much of a received payment a dispute or a returned debit has taken back in all. Its invoices are open
 * again; what had become credit is taken from the credit, and from what that credit paid.
 */
export async function settleChargeback(
  db: TenantDb,
  billing: Billing,
  { account, payment }: LockedPayment,
  chargedBack: bigint,
): Promise<void> {
  updatePayment(db, payment.id, { due_at: null });
  const total = chargedBack < payment.amount_cents ? chargedBack : payment.amount_cents;
  const change = total - payment.charged_back_cents;
  if (change === 0n) return;
  updatePayment(db, payment.id, { status: 'charged_back', charged_back_cents: total });
  const posted = { account, payment, billing };
  if (change > 0n) await takeBack(db, posted, change);
  else await returnMoney(db, posted, -change);
  const parts = await listParts(db, payment.id);
  recordAudit(db, gatewayActor, {
    event: 'payment.charged_back',
    target: { type: 'payment', id: payment.id, name: labelsOf(parts) },
    changes: { amount: [null, amountText(change, account.currency)] },
  });
  if (change < 0n) return;
  const told = { ...payment, amount_cents: change };
  const label = labelsOf(parts);
  await queuePaymentEmail(db, billing, 'chargeFailed', told, { label, reason: paymentTexts.charged_back });
  await alertStaffOfPayment(db, 'paymentFailedAlert', told, { label, reason: paymentTexts.taken_back });
}

interface Chargeback {
  account: BillingAccount;
  payment: GatewayPayment;
  billing: Billing;
}

async function takeBack(db: TenantDb, chargeback: Chargeback, amount: bigint): Promise<void> {
  const { account, payment } = chargeback;
  const own = await listStanding(db, account.id, { source: 'payment', source_id: payment.id });
  const reversed = reverse(db, chargeback, own, amount);
  post(db, chargeback, movement('receivable', 'cash', reversed));
  const fromCredit = amount - reversed;
  if (fromCredit === 0n) return;
  const missing = fromCredit - account.credit_cents;
  const freed = missing > 0n ? await freeCredit(db, chargeback, missing) : 0n;
  const available = account.credit_cents + freed;
  const taken = fromCredit < available ? fromCredit : available;
  post(db, chargeback, movement('credit', 'cash', taken));
  // The credit was refunded, so no invoice is left that the rest could open.
  post(db, chargeback, movement('bad_debt', 'cash', fromCredit - taken));
}

/** Opens invoices again that credit has paid, the last ones first. */
async function freeCredit(db: TenantDb, chargeback: Chargeback, amount: bigint): Promise<bigint> {
  const applied = await listStanding(db, chargeback.account.id, { source: 'credit' });
  const freed = reverse(db, chargeback, applied, amount);
  post(db, chargeback, movement('receivable', 'credit', freed));
  return freed;
}

const allocationColumns = pick('allocations as a', 'id', 'source', 'source_id', 'invoice_id', 'amount_cents');

type Standing = RowOf<typeof allocationColumns>;

/** Allocations to invoices of the account that were not taken back, the last one first. */
function listStanding(
  db: TenantDb,
  accountId: string,
  of: { source: 'payment' | 'credit'; source_id?: string },
) {
  const allocations = db
    .from('allocations as a')
    .join('invoices as i', { 'i.tenant_id': 'a.tenant_id', 'i.id': 'a.invoice_id' })
    .where({ 'i.billing_account_id': accountId, 'a.source': of.source, 'a.reverses_id': null })
    .where(of.source_id === undefined ? {} : { 'a.source_id': of.source_id })
    .whereRaw('not exists (select 1 from allocations r where r.tenant_id = ? and r.reverses_id = a.id)', [
      db.tenantId,
    ])
    .orderBy('a.id', 'desc');
  return selectRows(allocations, allocationColumns);
}

/** Returns how much was reversed. Of the last one only a part may be: the rest is allocated anew. */
function reverse(
  db: TenantDb,
  { account, billing }: Chargeback,
  standing: readonly Standing[],
  amount: bigint,
): bigint {
  let left = amount;
  const allocations: NewAllocation[] = [];
  for (const { id, source, source_id, invoice_id, amount_cents } of standing) {
    if (left === 0n) break;
    const row = {
      source,
      source_id,
      invoice_id,
      billing_account_id: account.id,
      effective_on: billing.today,
    };
    const part = amount_cents < left ? amount_cents : left;
    allocations.push({ ...row, amount_cents, reverses_id: id });
    if (part < amount_cents) allocations.push({ ...row, amount_cents: amount_cents - part });
    left -= part;
  }
  settleInvoices(db, billing, allocations, 'failed');
  return amount - left;
}

/** The dispute was won: the money is back, as credit that pays what is open. */
async function returnMoney(db: TenantDb, chargeback: Chargeback, amount: bigint): Promise<void> {
  const { account, billing } = chargeback;
  post(db, chargeback, movement('cash', 'credit', amount));
  await applyCreditToOldest(db, billing, { ...account, credit_cents: account.credit_cents + amount });
}

function post(db: TenantDb, { account, payment, billing }: Chargeback, movements: readonly Movement[]): void {
  postEntries(db, [
    {
      billing_account_id: account.id,
      currency: account.currency,
      posting: 'chargeback',
      source_type: 'payment',
      source_id: payment.id,
      effective_on: billing.today,
      movements,
    },
  ]);
}
