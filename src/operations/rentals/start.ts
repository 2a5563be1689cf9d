import { Router, type Response } from 'express';
import { findBilling, getBilling } from '../../domain/billing/billing-settings.ts';
import { preview } from '../../domain/form/preview.ts';
import { changeStart, type ChangedStart } from '../../domain/rental/change-start.ts';
import { startSchema } from '../../domain/rental/rental-form.ts';
import { findRental } from '../../domain/rental/rental-queries.ts';
import { listRentalInvoices } from '../../domain/rental/rental-details.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, submittedText, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import type { RentalRequest } from './show.ts';

export const rentalStart = Router().param('id', idParam);

type Preview = Extract<ChangedStart, { ok: true }>;

rentalStart.get('/:id/start', may('rentals.edit'), (req: RentalRequest, res) =>
  showStart(req, res, emptyForm),
);

/** First shows what is billed from the new day: the change runs, and is rolled back. */
rentalStart.post('/:id/start', may('rentals.edit'), async (req: RentalRequest, res) => {
  const { id } = req.params;
  const form = parseForm(startSchema, req.body, { others: ['shown'] });
  if (!form.ok) return showStart(req, res.status(422), withErrors(req.body, form));
  const { starts_on } = form.values;
  const isShown = submittedText(req.body, 'shown') === starts_on;
  const result = await req.inTenant(async (db) => {
    const changed = await changeStart(db, req.actor, await getBilling(db), { id, starts_on });
    return changed.ok && !isShown ? preview(changed) : changed;
  });
  if ('preview' in result)
    return showStart(req, res, withErrors(req.body, { errors: [] }), { preview: result.preview, starts_on });
  if (!result.ok) return showStart(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The first day in {unit} is changed.', { params: { unit: result.rental.unit_code } });
  await seeOther(req, res, `/rentals/${id}`);
});

async function showStart(
  req: RentalRequest,
  res: Response,
  form: Form,
  shown?: { preview: Preview; starts_on: string },
): Promise<void> {
  const { id } = req.params;
  const [row, billing, invoices] = await req.readTenant((db) => [
    findRental(db, id),
    findBilling(db),
    listRentalInvoices(db, id),
  ]);
  const rental = found(row);
  if (rental.status !== 'reserved') return seeOther(req, res, `/rentals/${id}`);
  res.page('operations/rentals/start', {
    title: 'Change the first day in {unit}',
    title_params: { unit: rental.unit_code },
    form,
    rental,
    today: billing.today,
    taken_back: invoices.filter(({ kind, status }) => kind === 'invoice' && status !== 'deleted'),
    shown: shown?.starts_on ?? '',
    billed:
      shown?.preview.invoices.map(({ lines, total_cents }) => ({
        starts_on: lines[0]!.starts_on,
        total_cents,
      })) ?? [],
  });
}
