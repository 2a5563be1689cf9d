import type { Billing } from '../../domain/billing/billing-settings.ts';
import type { OwnInvoice } from '../../domain/invoice/own-invoices.ts';
import { isOverdue, openCents } from '../../domain/invoice/invoice.ts';
import { invoiceBadgesOf } from '../badges.ts';

export function listedInvoice(invoice: OwnInvoice, billing: Billing) {
  const { id, kind, label, issued_on, due_on, currency, total_cents } = invoice;
  return {
    id,
    label,
    issued_on,
    due_on,
    currency,
    amount_cents: kind === 'credit_note' ? -total_cents : total_cents,
    open_cents: openCents(invoice),
    description: invoice.description,
    description_params: invoice.description_params,
    more_lines: invoice.line_count - 1,
    badges: invoiceBadgesOf({ ...invoice, is_overdue: isOverdue(invoice, billing) }),
  };
}
