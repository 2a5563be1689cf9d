import { Router, type Response } from 'express';
import { findBilling, getBilling } from '../../domain/billing/billing-settings.ts';
import { addDays } from '../../domain/billing/civil-date.ts';
import { rentChangeSchema } from '../../domain/rental/rental-form.ts';
import { changeRent, rentChangeStart, type RentChangeResult } from '../../domain/rental/rent-change.ts';
import { findRental } from '../../domain/rental/rental-queries.ts';
import { preview } from '../../domain/form/preview.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, submittedText, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import type { RentalRequest } from './show.ts';

export const rentalRent = Router().param('id', idParam);

type Preview = Extract<RentChangeResult, { ok: true }>;

rentalRent.get('/:id/rent', may('rentals.edit'), (req: RentalRequest, res) => showRent(req, res, emptyForm));

/** First shows from which period the price counts: the change runs, and is rolled back. */
rentalRent.post('/:id/rent', may('rentals.edit'), async (req: RentalRequest, res) => {
  const { id } = req.params;
  const form = parseForm(rentChangeSchema(req.tenant.currency), req.body, { others: ['shown'] });
  if (!form.ok) return showRent(req, res.status(422), withErrors(req.body, form));
  const entered = [form.values.price, form.values.effective_on].join();
  const isShown = submittedText(req.body, 'shown') === entered;
  const refused = await createOnce(
    req,
    res,
    'rental_rent',
    async (db) => {
      const changed = await changeRent(db, req.actor, await getBilling(db), { id, ...form.values });
      return changed.ok && !isShown ? preview(changed) : changed;
    },
    ({ rental: { unit_code } }) => {
      flash(req, res, 'The rent of {unit} is changed.', { params: { unit: unit_code } });
      return `/rentals/${id}`;
    },
  );
  if (!refused) return;
  if ('preview' in refused)
    return showRent(req, res, withErrors(req.body, { errors: [] }), { preview: refused.preview, entered });
  await showRent(req, res.status(422), withErrors(req.body, refused));
});

async function showRent(
  req: RentalRequest,
  res: Response,
  form: Form,
  shown?: { preview: Preview; entered: string },
): Promise<void> {
  const { id } = req.params;
  const [row, billing] = await req.readTenant((db) => [findRental(db, id), findBilling(db)]);
  const rental = found(row);
  if (rental.status !== 'active' && rental.status !== 'reserved') return seeOther(req, res, `/rentals/${id}`);
  const earliest = addDays(billing.today, billing.notice_days);
  res.page('operations/rentals/rent', {
    title: 'Change the rent of {unit}',
    title_params: { unit: rental.unit_code },
    form,
    rental,
    earliest,
    first_period: rentChangeStart(rental, earliest),
    notice_days: billing.notice_days,
    shown: shown?.entered ?? '',
    preview: shown?.preview ?? null,
  });
}
