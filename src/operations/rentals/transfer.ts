import { Router, type Response } from 'express';
import { findBilling, getBilling } from '../../domain/billing/billing-settings.ts';
import { transferSchema } from '../../domain/rental/rental-form.ts';
import { findRental } from '../../domain/rental/rental-queries.ts';
import { listRentableUnits } from '../../domain/rental/rental-details.ts';
import { transferRental, type TransferResult } from '../../domain/rental/transfer.ts';
import { preview } from '../../domain/form/preview.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, submittedText, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import type { RentalRequest } from './show.ts';

export const rentalTransfer = Router().param('id', idParam);

type Preview = Extract<TransferResult, { ok: true }>;

rentalTransfer.get('/:id/transfer', may('rentals.edit'), (req: RentalRequest, res) =>
  showTransfer(req, res, emptyForm),
);

/** First shows what the invoice will have: the transfer runs, and is rolled back. */
rentalTransfer.post('/:id/transfer', may('rentals.edit'), async (req: RentalRequest, res) => {
  const { id } = req.params;
  const form = parseForm(transferSchema(req.tenant.currency), req.body, { others: ['shown'] });
  if (!form.ok) return showTransfer(req, res.status(422), withErrors(req.body, form));
  const { to_unit_id, starts_on, price, deposit } = form.values;
  const entered = [to_unit_id, starts_on, price, deposit].join();
  const isShown = submittedText(req.body, 'shown') === entered;
  const result = await req.inTenant(async (db) => {
    const values = { id, ...form.values };
    const transferred = await transferRental(db, req.actor, await getBilling(db), values);
    return transferred.ok && !isShown ? preview(transferred) : transferred;
  });
  if ('preview' in result)
    return showTransfer(req, res, withErrors(req.body, { errors: [] }), { preview: result.preview, entered });
  if (!result.ok) return showTransfer(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The customer moves to {unit}.', { params: { unit: result.rental.unit_code } });
  await seeOther(req, res, `/rentals/${result.rental.id}`);
});

async function showTransfer(
  req: RentalRequest,
  res: Response,
  form: Form,
  shown?: { preview: Preview; entered: string },
): Promise<void> {
  const { id } = req.params;
  const [row, billing, units] = await req.readTenant((db) => [
    findRental(db, id),
    findBilling(db),
    listRentableUnits(db),
  ]);
  const rental = found(row);
  if (rental.status !== 'active' || rental.ends_on !== null) return seeOther(req, res, `/rentals/${id}`);
  const [invoice] = shown?.preview.invoices ?? [];
  res.page('operations/rentals/transfer', {
    title: 'Transfer {unit}',
    title_params: { unit: rental.unit_code },
    form,
    rental,
    units: units.filter((unit) => unit.id !== rental.unit_id),
    currency: billing.currency,
    today: billing.today,
    shown: shown?.entered ?? '',
    invoice: invoice ?? null,
  });
}
