import { Router, type Request, type Response } from 'express';
import * as z from 'zod';
import { isId } from '../../../database/new-id.ts';
import { findBilling, getBilling } from '../../../domain/billing/billing-settings.ts';
import { optionalLine } from '../../../domain/form/fields.ts';
import { code } from '../../../domain/form/parse-values.ts';
import { GatewayRefused, GatewayUnknown } from '../../../domain/gateway/gateway.ts';
import { readAutopayInvoices } from '../../../domain/payment/planned-charges.ts';
import { listComingPayments } from '../../../domain/payment/own-payments.ts';
import { findOwnMethod } from '../../../domain/payment-method/own-methods.ts';
import { makeDefault } from '../../../domain/payment-method/payment-method-actions.ts';
import { detachMethod, removeMethod } from '../../../domain/payment-method/remove-method.ts';
import { found } from '../../../errors.ts';
import { readPaymentDetails } from '../../../domain/payment-method/payment-details.ts';
import { contextPath, ownerOf } from '../../../http/customer-context.ts';
import { flash } from '../../../http/flash.ts';
import { emptyForm, parseForm, withErrors, type Form } from '../../../http/form.ts';
import { may } from '../../../http/guards.ts';
import { idParam } from '../../../http/input.ts';
import { refreshPage } from '../../../http/refresh-page.ts';
import { translateFor } from '../../../http/render-page.ts';
import { seeOther } from '../../../http/see-other.ts';
import { errorTexts } from '../../../locales/error-texts.ts';
import { comingWith, methodLabel, otherMethods } from '../method-view.ts';
import { paymentDetailsView } from '../payment-details.ts';

type MethodRequest = Request<{ id: string }>;

export const paymentMethod = Router({ mergeParams: true }).param('id', idParam);

const REFRESH_SECONDS = 3;

/** The list is on the page of billing. */
paymentMethod.get('/', may('payment_details.view'), (req, res) =>
  res.redirect(303, `${contextPath(req)}/billing#payment-details`),
);

/** The way to the page of the gateway, and from it: it changes nothing. */
paymentMethod.get(
  '/:id',
  may('payment_details.view', 'payment_details.edit'),
  async (req: MethodRequest, res) => {
    const [row] = await req.readTenant((db) => [findOwnMethod(db, ownerOf(req), req.params.id)]);
    const method = found(row);
    const isReturned = req.query['returned'] === '1';
    const isWaiting = method.status === 'adding' && (method.session_url === null || isReturned);
    res.page('account/billing/payment-methods/show', {
      title: 'Payment details',
      base: contextPath(req),
      status: method.status,
      label: methodLabel(translateFor(req as Request), method),
      session_url: method.session_url,
      path: `${contextPath(req)}/billing/payment-methods/${req.params.id}`,
      is_refreshing: isWaiting && refreshPage(req, res, REFRESH_SECONDS),
    });
  },
);

paymentMethod.post('/:id/default', may('payment_details.edit'), async (req: MethodRequest, res) => {
  const { id } = req.params;
  parseForm(z.object({}), req.body);
  const result = await req.inTenant(async (db) => {
    found(await findOwnMethod(db, ownerOf(req), id));
    return makeDefault(db, req.actor, await getBilling(db), id);
  });
  if (result.ok) flash(req, res, 'The default payment method was changed.');
  else flash(req, res, errorTexts.account.method_unusable, { kind: 'bad' });
  await seeOther(req, res, `${contextPath(req)}/billing#payment-details`);
});

paymentMethod.get('/:id/removal', may('payment_details.edit'), (req: MethodRequest, res) =>
  showRemoval(req, res, emptyForm),
);

const removalSchema = z.object({
  default_id: optionalLine(36).refine((id) => id === null || isId(id), code('invalid')),
});

paymentMethod.post('/:id/removal', may('payment_details.edit'), async (req: MethodRequest, res) => {
  const { id } = req.params;
  const form = parseForm(removalSchema, req.body);
  const result = await req.inTenant(async (db) => {
    found(await findOwnMethod(db, ownerOf(req), id));
    if (!form.ok) return form;
    const { default_id } = form.values;
    if (default_id !== null) found(await findOwnMethod(db, ownerOf(req), default_id));
    return removeMethod(db, req.actor, await getBilling(db), { id, default_id });
  });
  if (!result.ok) return showRemoval(req, res.status(422), withErrors(req.body, result));
  await detach(req, id);
  flash(req, res, 'The payment method was removed. It will not be charged.');
  await seeOther(req, res, `${contextPath(req)}/billing#payment-details`);
});

/** Else the worker does it. Until then the list says so. */
async function detach({ chargeDeps, tenant }: MethodRequest, id: string): Promise<void> {
  try {
    await detachMethod(chargeDeps, tenant.id, id);
  } catch (error) {
    if (!(error instanceof GatewayUnknown || error instanceof GatewayRefused)) throw error;
    chargeDeps.log.warn({ err: error, method: id }, 'a payment method could not be removed at once');
  }
}

async function showRemoval(req: MethodRequest, res: Response, form: Form): Promise<void> {
  const owner = ownerOf(req);
  const [row, charged, coming, settings, ...details] = await req.readTenant((db) => [
    findOwnMethod(db, owner, req.params.id),
    readAutopayInvoices(db, owner),
    listComingPayments(db, owner),
    findBilling(db),
    ...readPaymentDetails(db, owner),
  ]);
  const method = found(row);
  const t = translateFor(req as Request);
  const [balances, methods] = details;
  const account = balances.findIndex(({ id }) => id === method.billing_account_id);
  const shown = paymentDetailsView(t, details, settings, charged).payment_details[account];
  res.page('account/billing/payment-methods/removal', {
    title: 'Remove payment method',
    form,
    base: contextPath(req),
    path: `${contextPath(req)}/billing/payment-methods/${method.id}`,
    label: methodLabel(t, method),
    is_default: method.is_default,
    is_autopay_on: shown?.is_autopay_on === true,
    next_charge: method.is_default ? (shown?.next_charge ?? null) : null,
    others: otherMethods(methods, method, settings).map((each) => ({
      value: each.id,
      label: methodLabel(t, each),
    })),
    scheduled: comingWith(coming, method, 'scheduled'),
    retried: comingWith(coming, method, 'failed'),
  });
}
