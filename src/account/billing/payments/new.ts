import { Router, type Request, type Response } from 'express';
import { findBilling, getBilling, type Billing } from '../../../domain/billing/billing-settings.ts';
import { addDays } from '../../../domain/billing/civil-date.ts';
import { openCents } from '../../../domain/invoice/invoice.ts';
import { listOwnOpenInvoices, type OwnOpenInvoice } from '../../../domain/invoice/own-invoices.ts';
import { chargePayment } from '../../../domain/payment/charge-payment.ts';
import { openPage } from '../../../domain/payment/open-payment-page.ts';
import {
  invoiceIdsIn,
  MAX_COMMENT,
  payInvoices,
  payInvoicesSchema,
  payValues,
} from '../../../domain/payment/pay-invoices.ts';
import type { OwnMethod } from '../../../domain/payment-method/own-methods.ts';
import { isChargeable } from '../../../domain/payment-method/payment-method.ts';
import { found, NotFound } from '../../../errors.ts';
import { readPaymentDetails } from '../../../domain/payment-method/payment-details.ts';
import { contextPath, ownerOf } from '../../../http/customer-context.ts';
import { flash, setNotice } from '../../../http/flash.ts';
import { emptyForm, parseForm, submittedNames, submittedText, type Form } from '../../../http/form.ts';
import { createOnce } from '../../../http/form-key.ts';
import { may } from '../../../http/guards.ts';
import { longForm } from '../../../http/input.ts';
import { localeOf, translateFor } from '../../../http/render-page.ts';
import { toDecimal } from '../../../locales/currencies.ts';
import { formatters } from '../../../locales/locales.ts';
import { listedInvoice } from '../invoice-rows.ts';
import { methodLabel } from '../method-view.ts';
import { formOf, readTerms } from './pay-form.ts';

/** The open invoices that Billing shows. Each has an amount, a reason and a comment. */
const MAX_PAID = 100;
const MAX_FORM_LENGTH = MAX_PAID * (150 + 20 + 100 + MAX_COMMENT);

export const newPayment = Router({ mergeParams: true });

newPayment.get('/new', may('billing.pay'), async (req, res) => {
  const ids = [req.query['invoice'] ?? []].flat().map(String);
  await showNew(req, res, emptyForm, ids);
});

newPayment.post('/', may('billing.pay'), longForm(MAX_FORM_LENGTH, MAX_PAID * 3), async (req, res) => {
  const ids = invoiceIdsIn(submittedNames(req.body));
  const { currency, reasons } = await readTerms(req, ids);
  const form = parseForm(payInvoicesSchema(currency, ids, reasons), req.body);
  const refused = await createOnce(
    req,
    res,
    'customer_payment',
    async (db) => {
      if (!form.ok) return form;
      const key = submittedText(req.body, 'form_key');
      const request_key = key === '' ? null : `${req.user!.id}:${key}`;
      const given = payValues(ids, form.values);
      const saves_method = given.saves_method && req.actor.permissions.has('payment_details.edit');
      const values = { ...given, saves_method, request_key };
      const paid = await payInvoices(db, req.actor, await getBilling(db), ownerOf(req), values);
      // The payment is stored when this fails: the customer sees its page, and the worker goes on with it.
      if (paid.ok) db.afterCommit(() => continuePayment(req, paid.payment_id, paid.method));
      return paid;
    },
    ({ payment_id, used_credit_cents }) => {
      const billing = `${contextPath(req)}/billing`;
      if (payment_id !== null) return `${billing}/payments/${payment_id}`;
      tellNothingCharged(req, res, used_credit_cents, currency);
      return billing;
    },
  );
  if (refused) await showNew(req, res.status(422), await formOf(req, ids, refused), ids);
});

function tellNothingCharged(req: Request, res: Response, used_credit_cents: bigint, currency: string): void {
  const amount = formatters(localeOf(req), 'UTC').formatMoney(used_credit_cents, currency);
  if (used_credit_cents > 0n)
    flash(req, res, 'Paid with your credit of {amount}. Nothing was charged.', { params: { amount } });
  else flash(req, res, 'Your dispute was sent. Nothing was charged.');
}

/** What is still to be done is done by the worker if this is interrupted. */
async function continuePayment({ chargeDeps, tenant }: Request, id: string | null, method: string) {
  if (id === null) return;
  if (method === 'page') await openPage(chargeDeps, tenant.id, id);
  else await chargePayment(chargeDeps, tenant.id, id);
}

async function showNew(req: Request, res: Response, form: Form, ids: readonly string[]): Promise<void> {
  const owner = ownerOf(req);
  const [open, billing, ...[balances, methods]] = await req.readTenant((db) => [
    listOwnOpenInvoices(db, owner),
    findBilling(db),
    ...readPaymentDetails(db, owner),
  ]);
  if (billing.gateway_id === null) throw new NotFound('No payment service');
  const selected = open.filter(
    ({ id, status }) => ids.includes(id) && (status !== 'pending' || form !== emptyForm),
  );
  const [first] = selected;
  if (!first)
    return backToBilling(
      req,
      res,
      form === emptyForm
        ? 'Select at least one open invoice.'
        : 'Nothing was charged: nothing is open on these invoices now.',
    );
  if (selected.some(({ currency }) => currency !== first.currency))
    return backToBilling(req, res, 'Select invoices of one currency.');
  const balance = found(balances.find(({ id }) => id === first.billing_account_id));
  const t = translateFor(req);
  res.page('account/billing/payments/new', {
    title: 'Pay invoices',
    form,
    base: contextPath(req),
    currency: first.currency,
    invoices: selected.map((invoice) => toPay(invoice, billing)),
    credit_cents: balance.credit_cents,
    reasons: billing.short_pay_reasons,
    methods: usable(methods, billing, balance.id).map((method) => ({
      value: method.id,
      label: methodLabel(t, method),
    })),
    tomorrow: addDays(billing.today, 1),
  });
}

/** The notice is in a cookie, because opening a page writes nothing. */
function backToBilling(req: Request, res: Response, text: string): void {
  setNotice(req, res, { text, kind: 'info' });
  res.redirect(303, `${contextPath(req)}/billing#open-invoices`);
}

function toPay(invoice: OwnOpenInvoice, billing: Billing) {
  const undisputed = openCents(invoice) - invoice.disputed_cents;
  // A customer who selects a disputed invoice wants to pay it after all.
  const suggested_cents = undisputed > 0n ? undisputed : openCents(invoice);
  return {
    ...listedInvoice(invoice, billing),
    disputed_cents: invoice.disputed_cents,
    suggested_cents,
    suggested: toDecimal(suggested_cents, invoice.currency),
  };
}

/** The default is first. */
function usable(methods: readonly OwnMethod[], billing: Billing, accountId: string): OwnMethod[] {
  return methods.filter((method) => method.billing_account_id === accountId && isChargeable(method, billing));
}
