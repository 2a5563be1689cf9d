import { Router, type Request, type Response } from 'express';
import { findBilling, getBilling } from '../../domain/billing/billing-settings.ts';
import { listOpenInvoicesOf } from '../../domain/invoice/invoice-queries.ts';
import { closePages } from '../../domain/payment/open-payment-page.ts';
import { recordPayment } from '../../domain/payment/payment-actions.ts';
import { paymentFilters, paymentList } from '../../domain/payment/payment-list.ts';
import { chosenInvoices, paymentSchema } from '../../domain/payment/payment.ts';
import { flash, type Flash } from '../../http/flash.ts';
import { emptyForm, parseForm, submittedNames, submittedText, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { currencyOptions, toDecimal } from '../../locales/currencies.ts';
import { withErrors } from '../form-errors.ts';
import { listScreen } from '../list-screen.ts';
import { paymentFilterLabels } from '../money-badges.ts';
import { allChannelOptions, channelOptions, currencyParam, customerParam } from '../money-views.ts';
import { paymentColumns } from './columns.ts';

export const payments = Router();

payments.get(
  '/',
  may('invoices.view'),
  listScreen({
    title: 'Payments',
    path: '/payments',
    list: paymentList,
    file: 'payments',
    columns: paymentColumns,
    breadcrumbs: [{ href: '/invoices', text: 'Invoices' }, { text: 'Payments' }],
    actions: [
      { text: 'Record payment', href: '/payments/new', permission: 'payments.record', look: 'primary' },
    ],
    filters: [
      { kind: 'many', name: 'channel', label: 'Channel', options: allChannelOptions() },
      {
        kind: 'one',
        name: 'status',
        label: 'Status',
        options: paymentFilters.map((value) => ({ value, label: paymentFilterLabels[value] })),
      },
      { kind: 'range', name: 'received', label: 'Received' },
    ],
    count: { one: '{count} payment', other: '{count} payments' },
    more: '{count}+ payments',
    noMatch: { heading: 'No payments match' },
    firstUse: {
      heading: 'No payments yet',
      icon: 'receipt',
      text: 'Record what customers pay by bank transfer, in cash or by cheque.',
      action: { text: 'Record the first payment', href: '/payments/new', permission: 'payments.record' },
    },
  }),
);

payments.get('/new', may('payments.record'), (req, res) => showNew(req, res, emptyForm));

payments.post('/', may('payments.record'), async (req, res) => {
  const record = (is_pending_refused: boolean) =>
    createOnce(
      req,
      res,
      'payment',
      async (db) => {
        const form = readPayment(req);
        if (!form.ok) return form;
        return recordPayment(db, req.actor, await getBilling(db), { ...form.values, is_pending_refused });
      },
      ({ payment }) => {
        const { text, kind } = recorded(payment);
        flash(req, res, text, { kind });
        return `/payments/${payment.id}`;
      },
    );
  let refused = await record(true);
  if (refused?.errors.some(({ code }) => code === 'payment_pending')) {
    await closePagesOfCustomer(req);
    refused = await record(false);
  }
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

function readPayment(req: Request) {
  const schema = paymentSchema(submittedText(req.body, 'currency'), submittedNames(req.body));
  const form = parseForm(schema, req.body);
  if (!form.ok) return form;
  const { customer, currency, amount, received_on, channel, reference } = form.values;
  const chosen = chosenInvoices(form.values);
  return {
    ok: true as const,
    values: { customer, currency, amount, received_on, channel, reference, chosen, is_deposit: false },
  };
}

function recorded({
  credit_cents,
  is_beside_pending,
}: {
  credit_cents: bigint;
  is_beside_pending: boolean;
}): Pick<Flash, 'text' | 'kind'> {
  if (credit_cents === 0n) return { kind: 'ok', text: 'The payment was recorded.' };
  return is_beside_pending
    ? {
        kind: 'warn',
        text: 'The payment was recorded. Another payment is on its way, so a part of this one became credit.',
      }
    : { kind: 'ok', text: 'The payment was recorded. A part of it became credit.' };
}

/** A page on which the customer could pay the same invoices is closed first. */
async function closePagesOfCustomer(req: Request): Promise<void> {
  const [customer, currency] = [submittedText(req.body, 'customer'), submittedText(req.body, 'currency')];
  const [open] = await req.readTenant((db) => [listOpenInvoicesOf(db, { customer, currency })]);
  const pending = open.filter(({ status }) => status === 'pending');
  await closePages(
    req.chargeDeps,
    req.tenant.id,
    pending.map(({ id }) => id),
  );
}

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const customer = String(form.values['customer'] ?? customerParam(req));
  const currency = String(form.values['currency'] ?? currencyParam(req));
  const [billing, open] = await req.readTenant((db) => [
    findBilling(db),
    listOpenInvoicesOf(db, { customer, currency }),
  ]);
  const chosen = open.find(({ id }) => id === req.query['invoice']);
  res.page('operations/payments/new', {
    title: 'Record payment',
    form,
    customer,
    currency,
    currencies: currencyOptions,
    channels: channelOptions(),
    today: billing.today,
    invoices: open,
    pending: open.filter(({ status }) => status === 'pending').map(({ label }) => label),
    amount: chosen ? toDecimal(chosen.open_cents, currency) : '',
    chosen_id: chosen?.id ?? null,
  });
}
