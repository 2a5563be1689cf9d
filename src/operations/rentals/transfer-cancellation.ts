import { Router, type Response } from 'express';
import { findBilling, getBilling } from '../../domain/billing/billing-settings.ts';
import { billedRentalReads, toRentalsToBill } from '../../domain/rental/billed-rentals.ts';
import { cancelTransfer } from '../../domain/rental/cancel-transfer.ts';
import { cancellationReads, quoteCancellation } from '../../domain/rental/quote-cancellation.ts';
import { reasonSchema } from '../../domain/rental/rental-form.ts';
import { findRental } from '../../domain/rental/rental-queries.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import type { RentalRequest } from './show.ts';

/** The id is that of the rental which the customer leaves. */
export const rentalTransferCancellation = Router().param('id', idParam);

/** Who may approve a transfer may cancel it. */
const mayCancel = may('rentals.edit', 'requests.decide');

rentalTransferCancellation.get('/:id/transfer/cancellation', mayCancel, (req: RentalRequest, res) =>
  showCancellation(req, res, emptyForm),
);

rentalTransferCancellation.post('/:id/transfer/cancellation', mayCancel, async (req: RentalRequest, res) => {
  const { id } = req.params;
  const form = parseForm(reasonSchema, req.body);
  const result = form.ok
    ? await req.inTenant(async (db) =>
        cancelTransfer(db, req.actor, await getBilling(db), { id, ...form.values }),
      )
    : form;
  if (!result.ok) return showCancellation(req, res.status(422), withErrors(req.body, result));
  const { unit_code, new_unit_code } = result.rental;
  flash(req, res, 'The transfer to {new_unit} is cancelled. The customer stays in {unit}.', {
    params: { unit: unit_code, new_unit: new_unit_code },
  });
  await seeOther(req, res, pathBack(req));
});

/** A user who decides requests may be unable to view rentals. */
function pathBack(req: RentalRequest): string {
  return req.actor.permissions.has('rentals.view') ? `/rentals/${req.params.id}` : '/requests';
}

async function showCancellation(req: RentalRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, billing, bills, prices, charges, next, invoices, lines, lastPeriod] = await req.readTenant(
    (db) => [
      findRental(db, id),
      findBilling(db),
      ...billedRentalReads(db, [id]),
      ...cancellationReads(db, id),
    ],
  );
  const rental = found(row);
  const path = pathBack(req);
  // The second of two tabs shows why nothing is left to cancel.
  if (!next && !form.errors['reason']) return seeOther(req, res, path);
  const [toBill] = toRentalsToBill(bills, prices, charges);
  const facts = { invoices, lines, lastPeriod, toBill: toBill! };
  const quote = next && quoteCancellation(billing, rental, next, facts);
  res.page('operations/rentals/transfer-cancellation', {
    title: 'Cancel the transfer of {unit}?',
    title_params: { unit: rental.unit_code },
    form: quote?.error ? withErrors({}, { errors: [quote.error] }) : form,
    path,
    rental,
    next: quote?.error ? null : (next ?? null),
    taken: quote?.taken ?? [],
    rest_cents: quote?.rest_cents ?? [],
  });
}
