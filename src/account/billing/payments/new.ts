import { Router, type Request, type Response } from 'express';
import { findBilling, getBilling, type Billing } from '../../../domain/billing/billing-settings.ts';
import { addDays } from '../../../domain/billing/civil-date.ts';
import { findActiveGateway, type GatewayRow } from '../../../domain/gateway/gateway-queries.ts';
import { openCents } from '../../../domain/invoice/invoice.ts';
import { listOwnOpenInvoices, type OwnOpenInvoice } from '../../../domain/invoice/own-invoices.ts';
import { chargePayment } from '../../../domain/payment/charge-payment.ts';
import { openPage } from '../../../domain/payment/open-payment-page.ts';
import {
  invoiceIdsIn,
  payInvoices,
  payInvoicesSchema,
  payValues,
} from '../../../domain/payment/pay-invoices.ts';
import type { OwnMethod } from '../../../domain/payment-method/own-methods.ts';
import { found } from '../../../errors.ts';
import { readPaymentDetails } from '../../../domain/payment-method/payment-details.ts';
import { contextPath, ownerOf } from '../../../http/customer-context.ts';
import { flash, setNotice } from '../../../http/flash.ts';
import { emptyForm, parseForm, submittedNames, submittedText, type Form } from '../../../http/form.ts';
import { createOnce } from '../../../http/form-key.ts';
import { may } from '../../../http/guards.ts';
import { translateFor } from '../../../http/render-page.ts';
import { toDecimal } from '../../../locales/currencies.ts';
import { listedInvoice } from '../invoice-rows.ts';
import { methodLabel } from '../method-view.ts';
import { formOf, readTerms } from './pay-form.ts';

export const newPayment = Router({ mergeParams: true });

newPayment.get('/new', may('billing.pay'), async (req, res) => {
  const ids = [req.query['invoice'] ?? []].flat().map(String);
  await showNew(req, res, emptyForm, ids);
});

newPayment.post('/', may('billing.pay'), async (req, res) => {
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
      const values = { ...payValues(ids, form.values), request_key };
      return payInvoices(db, req.actor, await getBilling(db), ownerOf(req), values);
    },
    ({ payment_id }) => {
      const billing = `${contextPath(req)}/billing`;
      if (payment_id !== null) return `${billing}/payments/${payment_id}`;
      flash(req, res, 'Nothing had to be charged.');
      return billing;
    },
    ({ payment_id, method }) => continuePayment(req, payment_id, method),
  );
  if (refused) await showNew(req, res.status(422), await formOf(req, ids, refused), ids);
});

/** What is still to be done is done by the worker if this is interrupted. */
async function continuePayment(
  { chargeDeps, tenant }: Request,
  id: string | null,
  method: string,
): Promise<void> {
  if (id === null) return;
  if (method === 'page') await openPage(chargeDeps, tenant.id, id);
  else await chargePayment(chargeDeps, tenant.id, id);
}

async function showNew(req: Request, res: Response, form: Form, ids: readonly string[]): Promise<void> {
  const owner = ownerOf(req);
  const [open, billing, gateway, ...[balances, methods]] = await req.readTenant((db) => [
    listOwnOpenInvoices(db, owner),
    findBilling(db),
    findActiveGateway(db),
    ...readPaymentDetails(db, owner),
  ]);
  const selected = open.filter(
    ({ id, status }) => ids.includes(id) && (status !== 'pending' || form !== emptyForm),
  );
  const [first] = selected;
  if (!first) return backToBilling(req, res, 'Select at least one open invoice.');
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
    methods: usable(methods, found(gateway), balance.id).map((method) => ({
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
function usable(methods: readonly OwnMethod[], { id }: GatewayRow, accountId: string): OwnMethod[] {
  return methods.filter(
    ({ billing_account_id, gateway_id, status }) =>
      billing_account_id === accountId && gateway_id === id && status === 'active',
  );
}
