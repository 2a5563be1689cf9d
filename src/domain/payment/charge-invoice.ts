import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { refuse } from '../form/parse-values.ts';
import { findActiveGateway } from '../gateway/gateway-queries.ts';
import { openCents, type InvoiceSums } from '../invoice/invoice.ts';
import { lockInvoice } from '../invoice/lock-invoice.ts';
import { findDefaultMethod } from '../payment-method/payment-method-queries.ts';
import { startPayment, type StartedPayment } from './start-payment.ts';

/** What staff can charge: without the disputed part. */
export function chargeableCents(invoice: InvoiceSums & { disputed_cents: bigint }): bigint {
  return openCents(invoice) - invoice.disputed_cents;
}

const methodColumns = pick(
  'payment_methods as m',
  'id',
  'gateway_id',
  'type',
  'brand',
  'last4',
  'bank_name',
  'exp_month',
  'exp_year',
  'status',
);

/** The default method of the customer of the invoice. */
export function findMethodOfInvoice(db: TenantDb, invoiceId: string) {
  const methods = db
    .visible('payment_methods as m')
    .join('invoices as i', {
      'i.tenant_id': 'm.tenant_id',
      'i.billing_account_id': 'm.billing_account_id',
    })
    .where({ 'i.id': invoiceId, 'm.is_default': true });
  return selectRow(methods, methodColumns);
}

/**
 * Starts a payment of an invoice by the default method of the customer, on their behalf. `amount` is what staff saw.
 *
 * @throws {NotFound} if the viewer may not see the invoice
 */
export async function chargeInvoice(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { invoice_id, amount }: { invoice_id: string; amount: bigint },
): Promise<StartedPayment> {
  const { account, invoice } = await lockInvoice(db, invoice_id);
  const gateway = await findActiveGateway(db);
  const method = await findDefaultMethod(db, account.id);
  if (!gateway || !method) return refuse({ field: 'charge', code: 'method_unusable' });
  if (invoice.status === 'pending') return refuse({ field: 'charge', code: 'payment_pending' });
  if (chargeableCents(invoice) !== amount) return refuse({ field: 'charge', code: 'charge_changed' });
  const started = await startPayment(db, actor, billing, {
    account,
    gateway,
    invoices: [{ invoice_id, amount_cents: amount }],
    by: { method_id: method.id },
    request_key: null,
    started_by: 'staff',
  });
  if (started.ok) return started;
  return refuse(...started.errors.map((error) => ({ ...error, field: 'charge' })));
}
