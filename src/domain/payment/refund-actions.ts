import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { lockAccount, type BillingAccount } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { rowError } from '../company/check-status.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import type { ChargeDeps } from '../gateway/charge-deps.ts';
import { issueCreditNote, type CreditNoteResult, type CreditNoteValues } from '../invoice/credit-note.ts';
import { lockInvoice } from '../invoice/lock-invoice.ts';
import { lockGatewayPayment } from './gateway-payment.ts';
import { requestRefunds, sendRefund, type RequestedRefunds } from './refund-payment.ts';

/** Returns credit to the card or bank account of one payment. @throws {NotFound} if the viewer may not see it */
export async function refundPayment(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, amount }: { id: string; amount: bigint },
): Promise<RequestedRefunds> {
  const { account, payment } = await lockGatewayPayment(db, id);
  return requestRefunds(db, actor, billing, account, amount, payment);
}

const balanceColumns = pick(
  'billing_accounts as b',
  'id',
  'user_id',
  'company_id',
  'currency',
  'credit_cents',
);

/** The open account of a customer with its credit. */
export function findBalance(db: TenantDb, id: string) {
  const accounts = db.visible('billing_accounts as b').where({ 'b.id': id, 'b.closed_at': null });
  return selectRow(accounts, balanceColumns);
}

/** Returns credit of an account. @throws {NotFound} if the viewer may not see it */
export async function refundCredit(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { account_id, amount }: { account_id: string; amount: bigint },
): Promise<RequestedRefunds> {
  const { id } = found(await findBalance(db, account_id));
  return requestRefunds(db, actor, billing, await lockAccount(db, id), amount);
}

/** Returns the credit that the account has gained since it was locked as `before`. */
export async function refundAddedCredit(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  before: BillingAccount,
): Promise<string[]> {
  const account = await lockAccount(db, before.id);
  const added = account.credit_cents - before.credit_cents;
  if (added <= 0n) return [];
  const requested = await requestRefunds(db, actor, billing, account, added);
  return requested.ok ? requested.payment_ids : [];
}

/** A credit note, and a refund of a part of what it leaves as credit. @throws {NotFound} */
export async function creditAndRefund(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  values: CreditNoteValues & { refund_cents: bigint },
): Promise<(Extract<CreditNoteResult, { ok: true }> & { refund_ids: string[] }) | RefusedValues> {
  const credited = await issueCreditNote(db, actor, billing, values);
  if (!credited.ok) return credited;
  const archived = await rowError(db, 'invoices', values.invoice_id, 'reason');
  if (archived) return refuse(archived);
  if (values.refund_cents === 0n) return { ...credited, refund_ids: [] };
  const { account } = await lockInvoice(db, values.invoice_id);
  const requested = await requestRefunds(db, actor, billing, account, values.refund_cents);
  return requested.ok ? { ...credited, refund_ids: requested.payment_ids } : requested;
}

/** The response waits for it; what fails is continued by the worker. */
export function sendAfterCommit(
  db: TenantDb,
  deps: ChargeDeps,
  tenantId: string,
  refundIds: readonly string[],
): void {
  db.afterCommit(async () => {
    for (const id of refundIds) await sendRefund(deps, tenantId, id);
  });
}
