import { column, nullable, pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

const paymentColumns = pick(
  'payments as p',
  'id',
  'billing_account_id',
  'direction',
  'channel',
  'status',
  'amount_cents',
  'currency',
  'reference',
  'received_on',
  'created_at',
  'undone_at',
  'undone_reason',
);

export type PaymentForUpdate = RowOf<typeof paymentColumns>;

/** What an action reads before and after it locks the account of the payment. */
export function findPaymentForUpdate(db: TenantDb, id: string) {
  return selectRow(db.visible('payments as p').where('p.id', id), paymentColumns);
}

const detailColumns = {
  ...paymentColumns,
  ...pick('payments as p', 'gateway_id', 'gateway_object_id', 'started_by', 'scheduled_on', 'needs'),
  ...pick(
    'payments as p',
    'failure_code',
    'failure_text',
    'next_retry_on',
    'refunded_cents',
    'charged_back_cents',
  ),
  ...pick('payments as p', 'refunds_payment_id', 'settled_at', 'action_expires_at', 'due_at'),
  ...pick('billing_accounts as b', 'credit_cents'),
  method_type: nullable(column('payment_methods as m', 'type')),
  method_status: nullable(column('payment_methods as m', 'status')),
  is_gateway_active: nullable(column('gateways as g', 'is_active')),
  method_brand: nullable(column('payment_methods as m', 'brand')),
  method_last4: nullable(column('payment_methods as m', 'last4')),
  method_bank_name: nullable(column('payment_methods as m', 'bank_name')),
  ...pick('billing_accounts as b', 'user_id', 'company_id'),
  user_name: nullable(column('users as u', 'name')),
  user_email: nullable(column('users as u', 'email')),
  company_name: nullable(column('companies as c', 'name')),
  recorded_by_name: nullable(column('users as r', 'name')),
  undone_by_name: nullable(column('users as d', 'name')),
};

export type PaymentDetail = RowOf<typeof detailColumns>;

export function findPayment(db: TenantDb, id: string) {
  const payment = db
    .visible('payments as p')
    .join('billing_accounts as b', { 'b.tenant_id': 'p.tenant_id', 'b.id': 'p.billing_account_id' })
    .leftJoin('users as u', { 'u.tenant_id': 'b.tenant_id', 'u.id': 'b.user_id' })
    .leftJoin('companies as c', { 'c.tenant_id': 'b.tenant_id', 'c.id': 'b.company_id' })
    .leftJoin('payment_methods as m', { 'm.tenant_id': 'p.tenant_id', 'm.id': 'p.payment_method_id' })
    .leftJoin('gateways as g', { 'g.tenant_id': 'p.tenant_id', 'g.id': 'p.gateway_id' })
    .leftJoin('users as r', { 'r.tenant_id': 'p.tenant_id', 'r.id': 'p.recorded_by' })
    .leftJoin('users as d', { 'd.tenant_id': 'p.tenant_id', 'd.id': 'p.undone_by' })
    .where('p.id', id);
  return selectRow(payment, detailColumns);
}

const allocationColumns = {
  ...pick('allocations as a', 'id', 'invoice_id', 'amount_cents', 'reverses_id', 'effective_on'),
  ...pick('invoices as i', 'label', 'total_cents'),
};

/** The invoices that the payment paid, and what was taken back, the oldest first. */
export function listPaidInvoices(db: TenantDb, paymentId: string) {
  const allocations = db
    .visible('allocations as a')
    .join('invoices as i', { 'i.tenant_id': 'a.tenant_id', 'i.id': 'a.invoice_id' })
    .where({ 'a.source_id': paymentId, 'a.source': 'payment' })
    .orderBy('a.id')
    .limit(500);
  return selectRows(allocations, allocationColumns);
}

const attemptColumns = pick(
  'payment_attempts as a',
  'id',
  'attempt',
  'call',
  'outcome',
  'code',
  'text',
  'gateway_request_id',
  'at',
);

/** Every call to the payment service, the oldest first. */
export function listAttempts(db: TenantDb, paymentId: string) {
  const attempts = db
    .from('payment_attempts as a')
    .where('a.payment_id', paymentId)
    .orderBy('a.id')
    .limit(200);
  return selectRows(attempts, attemptColumns);
}

const refundColumns = pick(
  'payments as p',
  'id',
  'direction',
  'status',
  'channel',
  'amount_cents',
  'received_on',
);

/** The refunds that return money of the payment, the oldest first. */
export function listRefundsOf(db: TenantDb, paymentId: string) {
  const refunds = db
    .visible('payments as p')
    .where('p.refunds_payment_id', paymentId)
    .orderBy('p.id')
    .limit(100);
  return selectRows(refunds, refundColumns);
}
