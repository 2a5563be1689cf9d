import { Router, type Request, type Response } from 'express';
import { findBilling, getBilling, type Billing } from '../../domain/billing/billing-settings.ts';
import { listAllCustomFields, listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import type { CustomForm } from '../../domain/custom-field/form-fields.ts';
import { preview } from '../../domain/form/preview.ts';
import { moveIn, type MoveInResult } from '../../domain/rental/move-in.ts';
import { moveInSchema } from '../../domain/rental/rental-form.ts';
import { listRentableUnits } from '../../domain/rental/rental-details.ts';
import { intervalLabels, intervalNames } from '../../domain/rental/rental.ts';
import { listTaxRates } from '../../domain/tax-rate/tax-rate-queries.ts';
import { customForms, fieldInputs, formerInputs, staffForm } from '../../http/custom-fields.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, submittedText, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { toDecimal } from '../../locales/currencies.ts';
import { withErrors } from '../form-errors.ts';
import { customerParam } from '../money-views.ts';
import { taxRateOptions } from '../tax-rate-options.ts';

export const newRental = Router();

newRental.get('/new', may('rentals.edit'), (req, res) => showNew(req, res, emptyForm));

newRental.post('/', may('rentals.edit'), customForms, async (req, res) => {
  const { currency } = req.tenant;
  const isShown = submittedText(req.body, 'shown') === '1';
  const refused = await createOnce(
    req,
    res,
    'rental',
    async (db) => {
      const custom = staffForm(req, await listAllCustomFields(db, 'rental'));
      const form = parseForm(moveInSchema({ currency, rules: custom.rules }), req.body, {
        others: ['shown', ...formerInputs(req, res, custom)],
      });
      if (!form.ok) return form;
      const { values } = form;
      const billing = await getBilling(db);
      const result = await moveIn(db, req.actor, billing, values, { form: custom, values });
      // On another day than today it first shows what it will issue: it runs, and is rolled back.
      const isToday = values.starts_on === billing.today;
      return result.ok && !isToday && !isShown ? preview({ ...result, custom }) : result;
    },
    ({ rental: { id, status, unit_code }, invoices }) => {
      const params = { unit: unit_code, count: invoices.length };
      if (status === 'reserved') flash(req, res, '{unit} is reserved.', { params });
      else
        flash(
          req,
          res,
          {
            one: 'The customer has moved into {unit}. {count} invoice was created.',
            other: 'The customer has moved into {unit}. {count} invoices were created.',
          },
          { params },
        );
      return `/rentals/${id}`;
    },
  );
  if (!refused) return;
  if ('preview' in refused) return showConfirmation(req, res, refused.preview);
  await showNew(req, res.status(422), withErrors(req.body, refused));
});

function showConfirmation(
  req: Request,
  res: Response,
  { invoices, rental, custom }: Extract<MoveInResult, { ok: true }> & { custom: CustomForm },
): void {
  const { values } = withErrors(req.body, { errors: [] });
  res.page('operations/rentals/confirmation', {
    title: 'Move in',
    values,
    form: emptyForm,
    // A page does not repeat secrets, so they are entered again.
    secret_fields: fieldInputs(req, custom).filter(({ is_secret }) => is_secret),
    unit_code: rental.unit_code,
    is_reserved: rental.status === 'reserved',
    invoices: invoices.map(({ lines, total_cents }) => ({ starts_on: lines[0]!.starts_on, total_cents })),
    total_cents: invoices.reduce((sum, { total_cents }) => sum + total_cents, 0n),
    currency: req.tenant.currency,
  });
}

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [billing, units, rates, fields] = await req.readTenant((db) => [
    findBilling(db),
    listRentableUnits(db),
    listTaxRates(db),
    listCustomFields(db, 'rental'),
  ]);
  const { unit } = req.query;
  const chosen = units.find(({ id }) => id === unit);
  res.page('operations/rentals/new', {
    title: 'Move in',
    form,
    ...moveInOptions(billing, units),
    customer: customerParam(req),
    unit_id: chosen?.id ?? '',
    price: chosen ? toDecimal(chosen.price_cents, billing.currency) : '',
    deposit: chosen ? toDecimal(chosen.deposit_cents, billing.currency) : '',
    tax_rate_id: chosen?.tax_rate_id ?? rates.find((rate) => rate.is_default)?.id ?? '',
    tax_rates: taxRateOptions(rates),
    custom_fields: fieldInputs(req, staffForm(req, fields)),
  });
}

function moveInOptions({ today, currency }: Billing, units: Awaited<ReturnType<typeof listRentableUnits>>) {
  return {
    today,
    currency,
    units,
    intervals: intervalNames.map((value) => ({ value, label: intervalLabels[value] })),
  };
}
