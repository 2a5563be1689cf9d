import type { Knex } from 'knex';
import { column, nullable, pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { openSql } from '../invoice/invoice.ts';
import { accountsOf, type Owner } from '../billing-account/billing-account.ts';

/** Of the method, if there is one. */
const face = {
  type: nullable(column('payment_methods as m', 'type')),
  ...pick('payment_methods as m', 'brand', 'last4', 'bank_name'),
};

export const listColumns = (db: TenantDb) => ({
  ...pick('payments as p', 'id', 'direction', 'channel', 'status', 'amount_cents', 'currency', 'received_on'),
  ...pick('payments as p', 'scheduled_on', 'next_retry_on', 'payment_method_id'),
  ...face,
  /** The invoices that it is meant for, or that staff have paid with it. */
  labels: db.raw<string | null>(
    `(select string_agg(n.label, ', ' order by n.due_on, n.number) from invoices n
       where n.tenant_id = ? and n.id in (
         select pi.invoice_id from payment_invoices pi where pi.tenant_id = ? and pi.payment_id = p.id
         union select a.invoice_id from allocations a
           where a.tenant_id = ? and a.source = 'payment' and a.source_id = p.id and a.reverses_id is null))`,
    [db.tenantId, db.tenantId, db.tenantId],
  ),
});

/** A payment or a refund in a list of the customer. */
export type OwnPayment = RowOf<ReturnType<typeof listColumns>>;

export function withMethod(payments: Knex.QueryBuilder): Knex.QueryBuilder {
  return payments.leftJoin('payment_methods as m', {
    'm.tenant_id': 'p.tenant_id',
    'm.id': 'p.payment_method_id',
  });
}

/** Something is still open on the invoices of a payment `p`. Has a placeholder for the tenant. */
export const IS_OWED = `exists (
  select 1 from payment_invoices q join invoices n on n.tenant_id = q.tenant_id and n.id = q.invoice_id
  where q.tenant_id = ? and q.payment_id = p.id and n.status in ('sent', 'failed') and ${openSql('n')} > 0)`;

const MAX_RECENT = 10;

/** What is scheduled, on its way or has failed and is still owed, the latest first. */
export function listComingPayments(db: TenantDb, owner: Owner) {
  const payments = withMethod(accountsOf(db.from('payments as p'), 'p.billing_account_id', owner))
    .where('p.direction', 'in')
    .whereRaw(
      `(p.status in ('scheduled', 'created', 'ready', 'submitting', 'unknown', 'requires_action', 'processing')
        or p.status = 'failed' and (p.next_retry_on is not null or p.needs = 'new_method') and ${IS_OWED})`,
      [db.tenantId],
    )
    .orderBy('p.id', 'desc')
    .limit(MAX_RECENT);
  return selectRows(payments, listColumns(db));
}

const detailColumns = (db: TenantDb) => ({
  ...listColumns(db),
  ...pick('payments as p', 'billing_account_id', 'gateway_id', 'needs', 'failure_text', 'session_url'),
  ...pick('payments as p', 'action_expires_at', 'refunded_cents', 'charged_back_cents', 'created_at'),
  ...pick('payments as p', 'settled_at', 'undone_reason', 'refunds_payment_id'),
});

export type OwnPaymentDetail = RowOf<ReturnType<typeof detailColumns>>;

/** Undefined for a payment of another owner. */
export function findOwnPayment(db: TenantDb, owner: Owner, paymentId: string) {
  const payments = accountsOf(db.from('payments as p'), 'p.billing_account_id', owner);
  return selectRow(withMethod(payments).where('p.id', paymentId), detailColumns(db));
}

const MAX_ROWS = 100;

/** The latest first. */
export function listAttempts(db: TenantDb, payment_id: string) {
  const attempts = db
    .from('payment_attempts as a')
    .where({ payment_id })
    .orderBy('a.id', 'desc')
    .limit(MAX_ROWS);
  return selectRows(
    attempts,
    pick('payment_attempts as a', 'id', 'attempt', 'call', 'outcome', 'text', 'at'),
  );
}

export type Attempt = Awaited<ReturnType<typeof listAttempts>>[number];

/** What was returned of a payment. */
export function listRefundsOf(db: TenantDb, refunds_payment_id: string) {
  const refunds = db.from('payments as p').where({ refunds_payment_id }).orderBy('p.id').limit(MAX_ROWS);
  return selectRows(refunds, pick('payments as p', 'id', 'status', 'amount_cents', 'received_on'));
}

const shortColumns = {
  ...pick('short_payments as s', 'id', 'amount_cents', 'reason', 'comment', 'status', 'decision_reason'),
  ...pick('invoices as i', 'label'),
};

/** Why less than was open was paid. */
export function listShortPayments(db: TenantDb, paymentId: string) {
  const shorts = db
    .from('short_payments as s')
    .join('invoices as i', { 'i.tenant_id': 's.tenant_id', 'i.id': 's.invoice_id' })
    .where('s.payment_id', paymentId)
    .orderBy('s.id')
    .limit(MAX_ROWS);
  return selectRows(shorts, shortColumns);
}
