import type { TenantDb } from '../../database/tenant-db.ts';
import type { Billing } from '../billing/billing-settings.ts';
import type { TemplateName } from '../email/email-templates.ts';
import { queueBillingEmails } from '../email/queue-billing-emails.ts';
import type { CalculatedInvoice } from './issue-invoices.ts';

/** Returns the accounts that have an address. Imported invoices were sent elsewhere. */
export function queueInvoiceEmails(
  db: TenantDb,
  billing: Billing,
  invoices: readonly CalculatedInvoice[],
): Promise<ReadonlySet<string>> {
  const emails = invoices
    .filter(({ source }) => source !== 'import')
    .map((invoice) => ({
      template: templateOf(invoice),
      billing_account_id: invoice.account.id,
      path: `/billing/invoices/${invoice.id}`,
      variables: emailVariables(invoice),
    }));
  return queueBillingEmails(db, billing, emails);
}

function templateOf(invoice: CalculatedInvoice): TemplateName {
  if (invoice.kind === 'credit_note') return 'creditNote';
  return unpaidLabel(invoice) === undefined ? 'invoice' : 'lateFee';
}

/** Without the label, which is not known yet. */
function emailVariables(invoice: CalculatedInvoice): Record<string, string> {
  const { id, account, total_cents, tax_cents, open_cents, applied_cents, due_on, note } = invoice;
  const unpaid_label = unpaidLabel(invoice);
  return {
    invoice_id: id,
    currency: account.currency,
    amount_cents: String(total_cents),
    open_cents: String(open_cents),
    ...(tax_cents !== 0n && { tax_cents: String(tax_cents) }),
    ...(applied_cents > 0n && { applied_cents: String(applied_cents) }),
    ...(due_on && { due_on }),
    ...(note && { reason: note }),
    ...(unpaid_label !== undefined && { unpaid_label }),
  };
}

/** The label of the invoice that was not paid in time. Undefined if staff have written another text into the draft. */
function unpaidLabel({ source, lines }: CalculatedInvoice): string | undefined {
  if (source !== 'late_fee') return undefined;
  return lines.map(({ description_params }) => description_params as { label?: string } | null)[0]?.label;
}
