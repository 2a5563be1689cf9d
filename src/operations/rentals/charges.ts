import { Router, type Request, type Response } from 'express';
import { findBilling, getBilling } from '../../domain/billing/billing-settings.ts';
import { later } from '../../domain/billing/civil-date.ts';
import { addCharge, endCharge } from '../../domain/rental/rental-charges.ts';
import { chargeSchema } from '../../domain/rental/rental-form.ts';
import { findRental } from '../../domain/rental/rental-queries.ts';
import { listTaxRates } from '../../domain/tax-rate/tax-rate-queries.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import { taxRateOptions } from '../tax-rate-options.ts';
import type { RentalRequest } from './show.ts';

export const rentalCharges = Router().param('id', idParam).param('charge_id', idParam);

rentalCharges.get('/:id/charges/new', may('rentals.edit'), (req: RentalRequest, res) =>
  showNew(req, res, emptyForm),
);

rentalCharges.post('/:id/charges', may('rentals.edit'), async (req: RentalRequest, res) => {
  const { id } = req.params;
  const form = parseForm(chargeSchema(req.tenant.currency), req.body);
  const refused = await createOnce(
    req,
    res,
    'rental_charge',
    async (db) => {
      if (!form.ok) return form;
      const { percentage: amount_ppm, ...values } = form.values;
      return addCharge(db, req.actor, await getBilling(db), { id, amount_ppm, ...values });
    },
    ({ rental: { unit_code } }) => {
      flash(req, res, 'The next invoices of {unit} have it.', { params: { unit: unit_code } });
      return `/rentals/${id}`;
    },
  );
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

type ChargeRequest = Request<{ id: string; charge_id: string }>;

rentalCharges.post('/:id/charges/:charge_id/end', may('rentals.edit'), async (req: ChargeRequest, res) => {
  const { id, charge_id } = req.params;
  await req.inTenant(async (db) => endCharge(db, req.actor, await getBilling(db), { id, charge_id }));
  flash(req, res, 'Periods that begin from now on are billed without it.');
  await seeOther(req, res, `/rentals/${id}`);
});

async function showNew(req: RentalRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, billing, rates] = await req.readTenant((db) => [
    findRental(db, id),
    findBilling(db),
    listTaxRates(db),
  ]);
  const rental = found(row);
  if (rental.status !== 'active' && rental.status !== 'reserved') return seeOther(req, res, `/rentals/${id}`);
  res.page('operations/rentals/charges/new', {
    title: 'Add a charge to {unit}',
    title_params: { unit: rental.unit_code },
    form,
    rental,
    first_day: later(billing.today, rental.next_period_on ?? rental.starts_on),
    tax_rates: taxRateOptions(rates),
  });
}
