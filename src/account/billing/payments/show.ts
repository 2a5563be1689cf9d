import { Router, type Request } from 'express';
import * as z from 'zod';
import { cancelSchedule, SCHEDULE_TIME } from '../../../domain/payment/schedule-payment.ts';
import { listParts } from '../../../domain/payment/gateway-payment.ts';
import { closePages, openPage } from '../../../domain/payment/open-payment-page.ts';
import {
  findOwnPayment,
  listAttempts,
  listRefundsOf,
  listShortPayments,
  type OwnPaymentDetail,
} from '../../../domain/payment/own-payments.ts';
import { owedParts } from '../../../domain/payment/retry-payment.ts';
import { isUnfinished } from '../../../domain/payment/payment.ts';
import { listPaidInvoices } from '../../../domain/payment/payment-queries.ts';
import { found } from '../../../errors.ts';
import { contextPath, ownerOf } from '../../../http/customer-context.ts';
import { flash } from '../../../http/flash.ts';
import { parseForm } from '../../../http/form.ts';
import { may } from '../../../http/guards.ts';
import { idParam } from '../../../http/input.ts';
import { refreshPage } from '../../../http/refresh-page.ts';
import { translateFor } from '../../../http/render-page.ts';
import { seeOther } from '../../../http/see-other.ts';
import { errorTexts } from '../../../locales/error-texts.ts';
import { attemptViews, paymentBadge, paymentView } from '../payment-view.ts';

type PaymentRequest = Request<{ id: string }>;

export const payment = Router({ mergeParams: true }).param('id', idParam);

const REFRESH_SECONDS = 3;

/** Also the page to which the gateway returns: it changes nothing. */
payment.get('/:id', may('billing.view', 'billing.pay'), async (req: PaymentRequest, res) => {
  const { id } = req.params;
  const [row, parts, attempts, paid, refunds, shorts] = await req.readTenant((db) => [
    findOwnPayment(db, ownerOf(req), id),
    listParts(db, id),
    listAttempts(db, id),
    listPaidInvoices(db, id),
    listRefundsOf(db, id),
    listShortPayments(db, id),
  ]);
  const payment = found(row);
  const base = contextPath(req);
  const isReturned = req.query['returned'] === '1';
  const state = stateOf(payment);
  const isWaiting = isUnfinished(payment.status) && (isReturned || state !== 'on_page');
  res.page('account/billing/payments/show', {
    title: payment.direction === 'out' ? 'Refund' : 'Payment',
    base,
    path: `${base}/billing/payments/${id}`,
    payment: paymentView(translateFor(req as Request), payment),
    state,
    ...factsOf(payment),
    schedule_time: SCHEDULE_TIME,
    is_returned: isReturned,
    is_refreshing: isWaiting && refreshPage(req, res, REFRESH_SECONDS),
    parts: parts.map(({ invoice_id, label, amount_cents }) => ({ invoice_id, label, amount_cents })),
    owed_ids: owedParts(parts).map(({ invoice_id }) => invoice_id),
    attempts: attemptViews(attempts),
    paid,
    credit_cents: creditOf(payment, paid),
    refunds: refunds.map((refund) => ({ ...refund, badge: paymentBadge({ ...refund, direction: 'out' }) })),
    shorts,
  });
});

/** A scheduled payment, or the page of the gateway. What the gateway has charged already is settled instead. */
payment.post('/:id/cancellation', may('billing.pay'), async (req: PaymentRequest, res) => {
  const { id } = req.params;
  parseForm(z.object({}), req.body);
  const [payment, parts] = await req.readTenant((db) => [
    findOwnPayment(db, ownerOf(req), id),
    listParts(db, id),
  ]);
  if (found(payment).status === 'requires_action') {
    const invoiceIds = parts.map(({ invoice_id }) => invoice_id);
    await closePages(req.chargeDeps, req.tenant.id, invoiceIds);
  } else {
    const result = await req.inTenant((db) => cancelSchedule(db, req.actor, id));
    if (result.ok) flash(req, res, 'The scheduled payment was cancelled.');
    else flash(req, res, errorTexts.account.not_scheduled, { kind: 'bad' });
  }
  await seeOther(req, res, `${contextPath(req)}/billing/payments/${id}`);
});

/** Opens the page on which the bank shows the charge. The page of the payment then has its link. */
payment.post('/:id/confirmation', may('billing.pay'), async (req: PaymentRequest, res) => {
  const { id } = req.params;
  parseForm(z.object({}), req.body);
  const [payment] = await req.readTenant((db) => [findOwnPayment(db, ownerOf(req), id)]);
  if (found(payment).status === 'requires_action') await openPage(req.chargeDeps, req.tenant.id, id);
  await seeOther(req, res, `${contextPath(req)}/billing/payments/${id}`);
});

type State = 'on_page' | 'to_confirm' | 'checking' | OwnPaymentDetail['status'];

/** What the page says first. */
function stateOf({ status, payment_method_id, session_url }: OwnPaymentDetail): State {
  if (status === 'submitting' || status === 'unknown') return 'checking';
  if (status !== 'requires_action') return status;
  return payment_method_id === null || session_url !== null ? 'on_page' : 'to_confirm';
}

function factsOf(payment: OwnPaymentDetail) {
  const { needs, failure_text, session_url, payment_method_id, action_expires_at } = payment;
  const { refunded_cents, charged_back_cents, created_at, settled_at, undone_reason } = payment;
  return {
    needs_method: needs === 'new_method',
    failure_text,
    session_url,
    is_confirmation: payment_method_id !== null,
    action_expires_at,
    refunded_cents,
    charged_back_cents,
    created_at,
    settled_at,
    undone_reason,
  };
}

type Allocation = Awaited<ReturnType<typeof listPaidInvoices>>[number];

/** What was not needed for the invoices. */
function creditOf(
  { direction, status, amount_cents }: OwnPaymentDetail,
  paid: readonly Allocation[],
): bigint {
  if (direction === 'out' || status !== 'succeeded') return 0n;
  return paid.reduce(
    (left, allocation) => left - (allocation.reverses_id === null ? 1n : -1n) * allocation.amount_cents,
    amount_cents,
  );
}
