import type { Request } from 'express';
import { findBilling } from '../../../domain/billing/billing-settings.ts';
import type { FieldError, RefusedValues } from '../../../domain/form/parse-values.ts';
import { findAccountsOfInvoices, listOwnOpenInvoices } from '../../../domain/invoice/own-invoices.ts';
import { NotFound } from '../../../errors.ts';
import { contextPath, ownerOf } from '../../../http/customer-context.ts';
import { withErrors, type Form } from '../../../http/form.ts';
import { localeOf } from '../../../http/render-page.ts';
import { errorTexts } from '../../../locales/error-texts.ts';
import { formatters } from '../../../locales/locales.ts';

/** What the fields of the form depend on. @throws {NotFound} unless all are invoices of the customer in one currency */
export async function readTerms(req: Request, ids: readonly string[]) {
  const [invoices, { short_pay_reasons }] = await req.readTenant((db) => [
    findAccountsOfInvoices(db, ownerOf(req), ids),
    findBilling(db),
  ]);
  const [currency, ...others] = new Set(invoices.map((invoice) => invoice.currency));
  if (currency === undefined || others.length > 0 || invoices.length !== ids.length)
    throw new NotFound('Not invoices of one account');
  return { currency, reasons: short_pay_reasons };
}

/** An error without a field on the page belongs to the first invoice that is still open. */
export async function formOf(req: Request, ids: readonly string[], { errors }: RefusedValues): Promise<Form> {
  const [open] = await req.readTenant((db) => [listOwnOpenInvoices(db, ownerOf(req))]);
  const { formatMoney } = formatters(localeOf(req), 'UTC');
  const first = ids.find((id) => open.some((invoice) => invoice.id === id));
  const placed = errors.map(({ field, code, params }): FieldError => {
    const invoice = open.find(({ id }) => field === `invoice_${id}`);
    if (code === 'payment_pending' && invoice?.pending_payment_id) {
      const amount = formatMoney(invoice.pending_cents!, invoice.currency);
      const href = `${contextPath(req)}/billing/payments/${invoice.pending_payment_id}`;
      const params = { amount, href };
      return invoice.pending_status === 'requires_action'
        ? { field, code: 'payment_not_finished', params }
        : { field, code: 'payment_on_its_way', params };
    }
    const isElsewhere = field === 'amount' || (field.startsWith('invoice_') && !invoice);
    return { field: isElsewhere ? `invoice_${first}` : field, code, ...(params && { params }) };
  });
  const viewPayment = ({ href }: Record<string, string | number>) => ({
    href: String(href),
    link: 'View the payment',
  });
  const links = { payment_on_its_way: viewPayment, payment_not_finished: viewPayment };
  return withErrors(req.body, { errors: placed }, { texts: errorTexts.account, links });
}
