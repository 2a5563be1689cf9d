import { Router, type Request, type Response } from 'express';
import { MAX_COUNT } from '../../database/paginate.ts';
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
import { readList } from '../../http/read-list.ts';
import { currencyOptions, toDecimal } from '../../locales/currencies.ts';
import { badgeOfPayment, channelLabels, paymentFilterLabels } from '../money-badges.ts';
import { withErrors } from '../form-errors.ts';
import {
  allChannelOptions,
  channelOptions,
  currencyParam,
  customerLink,
  customerParam,
} from '../money-views.ts';

export const payments = Router();

payments.get('/', may('invoices.view'), async (req, res) => {
  const list = await readList(req, res, paymentList);
  if (!list) return;
  const { filters } = list.query;
  const [{ rows: fetched, count }] = await req.readTenant((db) => [
    paymentList.counted(db, list.query, list.place),
  ]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  res.page('operations/payments/list', {
    title: 'Payments',
    payments: rows.map((payment) => ({
      ...payment,
      customer: customerLink(payment),
      channel: channelLabels[payment.channel],
      badge: badgeOfPayment(payment),
      reason: payment.status === 'failed' ? payment.failure_text : null,
    })),
    count: Math.min(count, MAX_COUNT),
    has_more: count > MAX_COUNT,
    channel_filter: filters.channel ?? '',
    channels: allChannelOptions(),
    statuses: paymentFilters.map((value) => ({ value, label: paymentFilterLabels[value] })),
    status_filter: filters.status ?? '',
    is_filtered: list.isFiltered,
    ...links,
  });
});

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
