import type { TenantDb } from '../../database/tenant-db.ts';
import { findBuyers } from '../billing-account/buyer.ts';
import type { Billing } from '../billing/billing-settings.ts';
import type { TemplateName } from '../email/email-templates.ts';
import { queueBillingEmails, queueStaffAlert } from '../email/queue-billing-emails.ts';
import { listAlertedStaff } from '../role/users-with-permission.ts';
import type { GatewayPayment } from './gateway-payment.ts';

type EmailedPayment = Pick<GatewayPayment, 'id' | 'billing_account_id' | 'currency' | 'amount_cents'> & {
  direction?: GatewayPayment['direction'];
};

/** Emails the customer, with a link to the payment. */
export async function queuePaymentEmail(
  db: TenantDb,
  billing: Pick<Billing, 'sends_emails'>,
  template: TemplateName,
  payment: EmailedPayment,
  variables: Record<string, string | null> = {},
): Promise<void> {
  const { id, billing_account_id } = payment;
  await queueBillingEmails(db, billing, [
    {
      template,
      billing_account_id,
      path: `/billing/payments/${id}`,
      variables: { ...amountVariables(payment), ...stated(variables) },
    },
  ]);
}

/** Staff who asked for it. */
export async function alertStaffOfPayment(
  db: TenantDb,
  template: 'paymentFailedAlert' | 'disputeOpened',
  payment: EmailedPayment,
  { path, ...variables }: Record<string, string | null> & { path?: string },
): Promise<void> {
  const staff = await listAlertedStaff(db, 'alerts_of_payments', 'invoices.view');
  if (staff.length === 0) return;
  const buyers = await findBuyers(db, [payment.billing_account_id]);
  const customer = buyers.get(payment.billing_account_id)!.name;
  queueStaffAlert(db, staff, {
    template,
    path: path ?? `/payments/${payment.id}`,
    variables: {
      ...amountVariables(payment),
      customer,
      ...stated(variables),
      ...(payment.direction === 'out' && { is_refund: 'true' }),
    },
  });
}

function amountVariables({ id, currency, amount_cents }: EmailedPayment): Record<string, string> {
  return { payment_id: id, currency, amount_cents: String(amount_cents) };
}

function stated(variables: Record<string, string | null>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
}
