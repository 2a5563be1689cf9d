import { Router, type Response } from 'express';
import { getBilling } from '../../domain/billing/billing-settings.ts';
import { lockOut, unlock } from '../../domain/rental/lock-out.ts';
import { optionalReasonSchema, reasonSchema } from '../../domain/rental/rental-form.ts';
import { findRental } from '../../domain/rental/rental-queries.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import type { RentalRequest } from './show.ts';

export const rentalLockOut = Router().param('id', idParam);

rentalLockOut.get('/:id/lock-out', may('rentals.lock'), (req: RentalRequest, res) =>
  showLockOut(req, res, emptyForm),
);

rentalLockOut.post('/:id/lock-out', may('rentals.lock'), async (req: RentalRequest, res) => {
  const { id } = req.params;
  const form = parseForm(reasonSchema, req.body);
  const result = form.ok
    ? await req.inTenant(async (db) => lockOut(db, req.actor, await getBilling(db), { id, ...form.values }))
    : form;
  if (!result.ok) return showLockOut(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The customer is locked out of {unit}.', { params: { unit: result.rental.unit_code } });
  await seeOther(req, res, `/rentals/${id}`);
});

rentalLockOut.post('/:id/lock-out/removal', may('rentals.lock'), async (req: RentalRequest, res) => {
  const { id } = req.params;
  const form = parseForm(optionalReasonSchema, req.body);
  const result = form.ok ? await req.inTenant((db) => unlock(db, req.actor, { id, ...form.values })) : form;
  if (!result.ok) return showLockOut(req, res.status(422), withErrors(req.body, result));
  flash(req, res, '{unit} is unlocked.', { params: { unit: result.rental.unit_code } });
  await seeOther(req, res, `/rentals/${id}`);
});

/** Of a rental that is locked out, the page to unlock it. */
async function showLockOut(req: RentalRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row] = await req.readTenant((db) => [findRental(db, id)]);
  const rental = found(row);
  if (rental.status !== 'active' && rental.locked_out_at === null)
    return seeOther(req, res, `/rentals/${id}`);
  res.page('operations/rentals/lock-out', {
    title: rental.locked_out_at === null ? 'Lock out of {unit}?' : 'Unlock {unit}?',
    title_params: { unit: rental.unit_code },
    form,
    rental,
  });
}
