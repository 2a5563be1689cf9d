import { Router, type Request, type Response } from 'express';
import * as z from 'zod';
import { findBilling, getBilling } from '../../domain/billing/billing-settings.ts';
import { optionalLine } from '../../domain/form/fields.ts';
import { findAutopayInvoices, planCharges } from '../../domain/payment/planned-charges.ts';
import { findShownMethod, listOtherMethods } from '../../domain/payment-method/payment-method-queries.ts';
import { describeMethod } from '../../domain/payment-method/payment-method.ts';
import { detachMethod, removeMethod } from '../../domain/payment-method/remove-method.ts';
import { isId } from '../../database/new-id.ts';
import { code } from '../../domain/form/parse-values.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import { customerLink, paymentDetailsPath } from '../money-views.ts';

type MethodRequest = Request<{ id: string }>;

export const methodRemoval = Router().param('id', idParam);

const removalSchema = z.object({
  default_id: optionalLine(36).refine((id) => id === null || isId(id), code('invalid')),
});

methodRemoval.get('/:id/removal', may('payment_methods.remove'), (req: MethodRequest, res) =>
  showRemoval(req, res, emptyForm),
);

methodRemoval.post('/:id/removal', may('payment_methods.remove'), async (req: MethodRequest, res) => {
  const { id } = req.params;
  const form = parseForm(removalSchema, req.body);
  const result = await req.inTenant(async (db) => {
    if (!form.ok) return form;
    const shown = await findShownMethod(db, id);
    const removed = await removeMethod(db, req.actor, await getBilling(db), { id, ...form.values });
    if (!removed.ok) return removed;
    db.afterCommit(() => detachMethod(req.chargeDeps, req.tenant.id, id));
    return { ...removed, href: shown ? paymentDetailsPath(shown) : '/payments' };
  });
  if (!result.ok) return showRemoval(req, res.status(422), withErrors(req.body, result));
  flash(req, res, '{method} was removed.', { params: { method: describeMethod(result.method) } });
  await seeOther(req, res, result.href);
});

async function showRemoval(req: MethodRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, others, billing] = await req.readTenant((db) => [
    findShownMethod(db, id),
    listOtherMethods(db, id),
    findBilling(db),
  ]);
  const method = found(row);
  const isCharged = method.is_default && method.autopay_since !== null;
  const [charged] = isCharged
    ? await req.readTenant((db) => [findAutopayInvoices(db, [method.billing_account_id])])
    : [[]];
  res.page('operations/payment-methods/removal', {
    title: 'Remove {method}?',
    title_params: { method: describeMethod(method) },
    form,
    id,
    method: describeMethod(method),
    customer: customerLink(method),
    list_href: paymentDetailsPath(method),
    is_default: method.is_default,
    has_autopay: isCharged,
    charge: planCharges(charged, billing.today)[0] ?? null,
    currency: method.currency,
    others: method.is_default
      ? others.map((other) => ({ value: other.id, label: describeMethod(other) }))
      : [],
  });
}
