import { Router, type Response } from 'express';
import { getBilling } from '../../domain/billing/billing-settings.ts';
import { reasonSchema } from '../../domain/rental/rental-form.ts';
import { findRental } from '../../domain/rental/rental-queries.ts';
import { listRentalInvoices } from '../../domain/rental/rental-details.ts';
import { cancelReservation } from '../../domain/rental/reservation.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import type { RentalRequest } from './show.ts';

export const rentalCancellation = Router().param('id', idParam);

rentalCancellation.get('/:id/cancellation', may('rentals.edit'), (req: RentalRequest, res) =>
  showCancellation(req, res, emptyForm),
);

rentalCancellation.post('/:id/cancellation', may('rentals.edit'), async (req: RentalRequest, res) => {
  const { id } = req.params;
  const form = parseForm(reasonSchema, req.body);
  const result = form.ok
    ? await req.inTenant(async (db) =>
        cancelReservation(db, req.actor, await getBilling(db), { id, ...form.values }),
      )
    : form;
  if (!result.ok) return showCancellation(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The reservation of {unit} is cancelled.', { params: { unit: result.rental.unit_code } });
  await seeOther(req, res, `/rentals/${id}`);
});

async function showCancellation(req: RentalRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, invoices] = await req.readTenant((db) => [findRental(db, id), listRentalInvoices(db, id)]);
  const rental = found(row);
  if (rental.status !== 'reserved') return seeOther(req, res, `/rentals/${id}`);
  res.page('operations/rentals/cancellation', {
    title: 'Cancel the reservation of {unit}?',
    title_params: { unit: rental.unit_code },
    form,
    rental,
    invoices: invoices.filter(({ status }) => status !== 'deleted'),
  });
}
