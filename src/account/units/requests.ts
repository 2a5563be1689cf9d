import { Router, type Request, type Response } from 'express';
import { findBilling, getBilling, type Billing } from '../../domain/billing/billing-settings.ts';
import { refuse, type Parsed } from '../../domain/form/parse-values.ts';
import { findOwnRental, type OwnRental } from '../../domain/rental/own-rentals.ts';
import { withdrawRequest } from '../../domain/request/decide-request.ts';
import {
  heldFor,
  quoteRequest,
  wishError,
  type Kind,
  type Wish,
} from '../../domain/request/quote-request.ts';
import { sentForms, wishForms } from '../../domain/request/request-form.ts';
import { earliestMoveOut, earliestTransfer } from '../../domain/request/request.ts';
import { requestMoveOut, requestTransfer } from '../../domain/request/send-request.ts';
import { listAvailableTypes } from '../../domain/unit-type/available-types.ts';
import { sizeText } from '../../domain/unit-type/unit-type.ts';
import { found, NotFound } from '../../errors.ts';
import { contextPath, ownerOf } from '../../http/customer-context.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, submittedText, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import { showUnit, type RentalRequest } from './show.ts';

export const unitRequests = Router({ mergeParams: true }).param('id', idParam).param('request_id', idParam);

/** Without a day the form, with a day what it costs. */
unitRequests.get('/:id/requests/new', may('units.edit'), async (req: RentalRequest, res) => {
  const kind = kindOf(req.query['kind']);
  if (req.query['wanted_on'] === undefined) return showForm(req, res, kind, emptyForm);
  const { wanted_on, to_unit_type_id = '' } = req.query;
  const given = { wanted_on, ...(kind === 'transfer' && { to_unit_type_id }) };
  const form: Parsed<Partial<Wish>> = parseForm(wishForms[kind], given);
  if (!form.ok) return showForm(req, res.status(422), kind, withErrors(req, given, form));
  await showQuote(req, res, kind, {
    wanted_on: form.values.wanted_on!,
    to_unit_type_id: form.values.to_unit_type_id ?? null,
  });
});

unitRequests.post('/:id/requests', may('units.edit'), async (req: RentalRequest, res) => {
  const { id: rental_id } = req.params;
  const owner = ownerOf(req);
  const kind = kindOf(submittedText(req.body, 'kind'));
  const refused = await createOnce(
    req,
    res,
    'rental_request',
    async (db) => {
      const billing = await getBilling(db);
      if (kind === 'move_out') {
        const form = parseForm(sentForms.move_out, req.body);
        return form.ok ? requestMoveOut(db, req.actor, billing, owner, { rental_id, ...form.values }) : form;
      }
      const form = parseForm(sentForms.transfer, req.body);
      if (!form.ok) return form;
      const values = { rental_id, to_unit_id: null, ...form.values };
      return requestTransfer(db, req.actor, billing, owner, values);
    },
    () => {
      flash(req, res, 'Your request was sent. We will tell you what was decided.');
      return `${contextPath(req)}/units/${rental_id}`;
    },
  );
  if (refused) await showForm(req, res.status(422), kind, withErrors(req, req.body, refused));
});

unitRequests.post(
  '/:id/requests/:request_id/withdrawal',
  may('units.edit'),
  async (req: Request<{ id: string; request_id: string }>, res) => {
    const { id, request_id } = req.params;
    const result = await req.inTenant(async (db) => {
      const billing = await getBilling(db);
      const withdrawn = await withdrawRequest(db, req.actor, billing, ownerOf(req), request_id);
      if (withdrawn.ok && withdrawn.request.rental_id !== id) throw new NotFound('Of another rental');
      return withdrawn;
    });
    if (!result.ok) return showUnit(req, res.status(422), withErrors(req, req.body, result));
    flash(req, res, 'Your request was withdrawn.');
    await seeOther(req, res, `${contextPath(req)}/units/${id}`);
  },
);

function kindOf(kind: unknown): Kind {
  return kind === 'transfer' ? 'transfer' : 'move_out';
}

async function showForm(req: RentalRequest, res: Response, kind: Kind, form: Form): Promise<void> {
  const [row, billing, types = []] = await req.readTenant((db) => [
    findOwnRental(db, ownerOf(req), req.params.id),
    findBilling(db),
    ...(kind === 'transfer' ? [listAvailableTypes(db)] : []),
  ]);
  const rental = found(row);
  res.page('account/units/request', {
    ...requestLocals(req, rental, billing, kind),
    form,
    types: types.map((type) => ({ ...type, size: sizeText(type) })),
  });
}

async function showQuote(req: RentalRequest, res: Response, kind: Kind, wish: Wish): Promise<void> {
  const quoted = await req.inTenant(async (db) => {
    const rental = found(await findOwnRental(db, ownerOf(req), req.params.id));
    const billing = await getBilling(db);
    const type = (await listAvailableTypes(db)).find((each) => each.id === wish.to_unit_type_id);
    const error = await wishError(db, billing, rental, kind, wish, type);
    if (error) return refuse(error);
    return {
      ok: true as const,
      rental,
      billing,
      type,
      ...(await quoteRequest(db, billing, rental, wish, type)),
    };
  });
  if (!quoted.ok) return showForm(req, res.status(422), kind, withErrors(req, wish, quoted));
  const { rental, billing, type, rows, total_cents } = quoted;
  res.page('account/units/request-quote', {
    ...requestLocals(req, rental, billing, kind),
    ...wish,
    rows,
    total_cents,
    type_name: type?.name ?? null,
    held_cents: kind === 'move_out' ? heldFor(rental) : 0n,
    currency: rental.currency,
    proration: billing.proration,
    gives_back: billing.move_out_credit === 'days' || kind === 'transfer',
  });
}

function requestLocals(req: RentalRequest, rental: OwnRental, billing: Billing, kind: Kind) {
  const base = contextPath(req);
  return {
    title: kind === 'move_out' ? 'Request move-out' : 'Request transfer',
    base,
    path: `${base}/units/${rental.id}`,
    kind,
    rental,
    notice_days: billing.notice_days,
    earliest: kind === 'move_out' ? earliestMoveOut(billing, rental) : earliestTransfer(billing, rental),
  };
}
