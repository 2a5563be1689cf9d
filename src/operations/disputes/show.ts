import { Router, type Request, type Response } from 'express';
import { getBilling } from '../../domain/billing/billing-settings.ts';
import { reasonSchema } from '../../domain/invoice/invoice-form.ts';
import { acceptShortPayment, rejectShortPayment } from '../../domain/payment/short-payment-decisions.ts';
import {
  decidableCents,
  disputeState,
  findShortPayment,
  type ShortPayment,
} from '../../domain/short-payment/short-payment-list.ts';
import { displayName } from '../../domain/user/user.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { disputeBadges } from '../money-badges.ts';
import { withErrors } from '../form-errors.ts';
import { customerLink } from '../money-views.ts';

type DisputeRequest = Request<{ id: string }>;

export const dispute = Router().param('id', idParam);

dispute.get('/:id', may('invoices.view'), (req: DisputeRequest, res) => showDispute(req, res, emptyForm));

dispute.post('/:id/acceptance', may('invoices.credit'), async (req: DisputeRequest, res) => {
  const result = await req.inTenant(async (db) =>
    acceptShortPayment(db, req.actor, await getBilling(db), req.params.id),
  );
  if (!result.ok) return showDispute(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The dispute was accepted. A credit note lowers invoice {label}.', {
    params: { label: result.label },
  });
  await seeOther(req, res, `/invoices/${result.invoice_id}`);
});

dispute.post('/:id/rejection', may('invoices.credit'), async (req: DisputeRequest, res) => {
  const { id } = req.params;
  const form = parseForm(reasonSchema, req.body);
  const result = await req.inTenant(async (db) =>
    form.ok ? rejectShortPayment(db, req.actor, await getBilling(db), { id, ...form.values }) : form,
  );
  if (!result.ok) return showDispute(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The dispute was rejected. The amount of invoice {label} is due again.', {
    params: { label: result.label },
  });
  await seeOther(req, res, `/invoices/${result.invoice_id}`);
});

async function showDispute(req: DisputeRequest, res: Response, form: Form): Promise<void> {
  const [row] = await req.readTenant((db) => [findShortPayment(db, req.params.id)]);
  const dispute = found(row);
  res.page('operations/disputes/show', {
    title: 'Dispute of invoice {label}',
    title_params: { label: dispute.label! },
    form,
    field_ids: { dispute: 'decision' },
    dispute: disputeRow(dispute),
    customer: customerLink(dispute),
    decidable_cents: decidableCents(dispute),
  });
}

export function disputeRow(dispute: ShortPayment) {
  const state = disputeState(dispute);
  const { opened_by_name: name, opened_by_email: email } = dispute;
  return {
    ...dispute,
    state,
    badge: disputeBadges[state],
    opened_by: email === null ? null : displayName({ name: name ?? '', email }),
  };
}
