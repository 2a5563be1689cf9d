import { pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { Queue } from '../../database/queue.ts';
import type { Row } from '../../database/tables.ts';
import type { NewRow, TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import { lockAccount, type BillingAccount } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { openSql } from '../invoice/invoice.ts';

/** The rows that a worker has to look at. A claim is as long as the calls of one payment may take. */
export const paymentQueue: Queue<'payments'> = { table: 'payments', leaseSeconds: 120, usesClock: true };

/** A process that is killed between two calls leaves its payment to the worker after this time. */
export const ABANDONED_MS = 120_000;

const FIRST_CHECK_MS = 30_000;
const LONGEST_CHECK_MS = 3_600_000;

const columns = pick(
  'payments',
  'id',
  'billing_account_id',
  'direction',
  'channel',
  'status',
  'amount_cents',
  'currency',
  'reference',
  'received_on',
  'gateway_id',
  'payment_method_id',
  'gateway_object_id',
  'gateway_session_id',
  'session_url',
  'session_expires_at',
  'saves_method',
  'started_by',
  'scheduled_on',
  'scheduled_cents',
  'needs',
  'failure_code',
  'failure_text',
  'attempts',
  'failures',
  'checks',
  'next_retry_on',
  'action_expires_at',
  'refunded_cents',
  'charged_back_cents',
  'refunds_payment_id',
  'created_at',
);

export type GatewayPayment = RowOf<typeof columns>;

export interface LockedPayment {
  account: BillingAccount;
  payment: GatewayPayment;
}

/** Without a lock, to decide what to call. @throws {NotFound} */
export async function getGatewayPayment(db: TenantDb, id: string): Promise<GatewayPayment> {
  return found(await selectRow(db.from('payments').where({ id }), columns));
}

/** Locks the account, and thereby every action on its money. @throws {NotFound} if the viewer may not see the payment */
export async function lockGatewayPayment(db: TenantDb, id: string): Promise<LockedPayment> {
  const rows = db.visible('payments').where('payments.id', id);
  const { billing_account_id } = found(await selectRow(rows, pick('payments', 'billing_account_id')));
  const account = await lockAccount(db, billing_account_id);
  // Read after the lock, because the transaction that held it may have changed the payment.
  return { account, payment: await getGatewayPayment(db, id) };
}

export function updatePayment(db: TenantDb, id: string, values: NewRow<'payments'>): void {
  db.defer(db.from('payments').where({ id }).update(values));
}

/** When a payment is read again that has no result after so many reads. */
export function nextCheck({ now }: Pick<Billing, 'now'>, checks: number): Date {
  return after(now, Math.min(FIRST_CHECK_MS * 2 ** Math.min(checks, 10), LONGEST_CHECK_MS));
}

export function after(time: Date, milliseconds: number): Date {
  return new Date(time.getTime() + milliseconds);
}

type Attempt = Pick<Row<'payment_attempts'>, 'call' | 'outcome'> &
  Partial<Pick<Row<'payment_attempts'>, 'code' | 'text' | 'gateway_request_id'>>;

/** What staff read who ask why. */
export function recordAttempt(
  db: TenantDb,
  { id, attempts }: Pick<GatewayPayment, 'id' | 'attempts'>,
  attempt: Attempt,
): void {
  const row = { id: newId(), payment_id: id, attempt: Math.max(attempts, 1), ...attempt };
  db.defer(db.insertStatement('payment_attempts', [row]));
}

const partColumns = (db: TenantDb) => ({
  ...pick('payment_invoices as p', 'invoice_id', 'amount_cents', 'invoice_status'),
  ...pick('invoices as i', 'label', 'status', 'issued_on', 'pending_payment_id', 'disputed_cents'),
  open_cents: db.raw<bigint>(openSql('i')),
});

export type PaymentPart = RowOf<ReturnType<typeof partColumns>>;

/** The invoices that the payment is meant for, in the order in which they are paid. */
export function listParts(db: TenantDb, paymentId: string) {
  const parts = db
    .from('payment_invoices as p')
    .join('invoices as i', { 'i.tenant_id': 'p.tenant_id', 'i.id': 'p.invoice_id' })
    .where('p.payment_id', paymentId)
    .orderBy(['i.due_on', 'i.number']);
  return selectRows(parts, partColumns(db));
}

export function labelsOf(parts: readonly Pick<PaymentPart, 'label'>[]): string {
  return parts.map(({ label }) => label).join(', ');
}

/** Ends the state pending of the invoices of the payment. One that is settled meanwhile is paid. */
export function releaseInvoices(
  db: TenantDb,
  paymentId: string,
  status: 'sent' | 'failed' | 'as_before',
): void {
  const next = status === 'as_before' ? 'p.invoice_status' : `'${status}'`;
  db.defer(
    db.raw(
      `update invoices i set pending_payment_id = null, version = i.version + 1,
         status = case when ${openSql('i')} = 0 then 'paid' else ${next} end
       from payment_invoices p
       where p.tenant_id = ? and p.payment_id = ? and i.tenant_id = ? and i.id = p.invoice_id
         and i.pending_payment_id = p.payment_id`,
      [db.tenantId, paymentId, db.tenantId],
    ),
  );
}

const methodColumns = pick(
  'payment_methods',
  'id',
  'billing_account_id',
  'gateway_id',
  'gateway_customer_id',
  'external_id',
  'status',
  'type',
  'brand',
  'last4',
  'bank_name',
);

export function findMethodForCharge(db: TenantDb, id: string) {
  return selectRow(db.from('payment_methods').where({ id }), methodColumns);
}
