import type { Knex } from 'knex';
import { column, nullable, pick, type RowOf } from '../../database/columns.ts';
import { daysBetween, id, manyOf, oneOf, type ListDb } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import { listColumns, withMethod } from './own-payments.ts';
import { channels, gatewayChannels, unfinishedStatuses } from './payment.ts';

const columns = () => ({
  ...pick('payments as p', 'id', 'direction', 'channel', 'status', 'amount_cents', 'currency', 'reference'),
  ...pick('payments as p', 'received_on', 'failure_text', 'next_retry_on'),
  ...pick('billing_accounts as b', 'user_id', 'company_id'),
  company_name: nullable(column('companies as c', 'name')),
  user_name: nullable(column('users as u', 'name')),
  user_email: nullable(column('users as u', 'email')),
});

export type ListedPayment = RowOf<ReturnType<typeof columns>>;

export const paymentFilters = [
  'succeeded',
  'waiting',
  'scheduled',
  'failed',
  'failed_unpaid',
  'charged_back',
  'cancelled',
  'undone',
  'refunds',
  'to_pay_out',
] as const;

export const paymentList = list({
  from: 'payments as p',
  join: (payments) =>
    payments
      .join('billing_accounts as b', { 'b.tenant_id': 'p.tenant_id', 'b.id': 'p.billing_account_id' })
      .leftJoin('companies as c', { 'c.tenant_id': 'b.tenant_id', 'c.id': 'b.company_id' })
      .leftJoin('users as u', { 'u.tenant_id': 'b.tenant_id', 'u.id': 'b.user_id' }),
  columns,
  orders: { received: { columns: ['p.received_on', 'p.id'], fields: ['received_on', 'id'] } },
  defaultSort: '-received',
  filters: {
    channel: manyOf([...channels, ...gatewayChannels], 'p.channel'),
    received: daysBetween('p.received_on'),
    status: oneOf(paymentFilters, (payments, status, { db }) => {
      const isRefund = status === 'refunds' || status === 'to_pay_out';
      void payments.where('p.direction', isRefund ? 'out' : 'in');
      if (status === 'waiting') void payments.whereIn('p.status', unfinishedStatuses);
      else if (status === 'to_pay_out') void payments.where('p.status', 'created').whereNull('p.gateway_id');
      else if (status === 'failed_unpaid') whereFailedUnpaid(payments, db);
      else if (status !== 'refunds') void payments.where('p.status', status);
    }),
  },
});

/** Failed payments with an invoice that has not been paid since, as the dashboard counts them. */
function whereFailedUnpaid(payments: Knex.QueryBuilder, { tenantId }: ListDb): void {
  void payments.where('p.status', 'failed').whereRaw(
    `p.id in (select n.payment_id from payment_invoices n
       join invoices i on i.tenant_id = n.tenant_id and i.id = n.invoice_id
       where n.tenant_id = ? and i.status = 'failed')`,
    [tenantId!],
  );
}

/** The payments of a person or a company, by their id. */
export const ownPaymentList = list({
  from: 'payments as p',
  join: (payments) => void withMethod(payments),
  columns: listColumns,
  orders: { created: { columns: ['p.id'], fields: ['id'] } },
  defaultSort: '-created',
  within: {
    owner: id((payments, owner, { db }) => {
      void payments.whereRaw(
        `p.billing_account_id in (select ba.id from billing_accounts ba
           where ba.tenant_id = ? and (ba.user_id = ? or ba.company_id = ?))`,
        [db.tenantId!, owner, owner],
      );
    }),
  },
});
