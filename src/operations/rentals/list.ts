import { Router, type Request, type Response } from 'express';
import { findBilling, getBilling, type Billing } from '../../domain/billing/billing-settings.ts';
import { preview } from '../../domain/form/preview.ts';
import { moveIn, type MoveInResult } from '../../domain/rental/move-in.ts';
import { moveInSchema } from '../../domain/rental/rental-form.ts';
import { rentalList } from '../../domain/rental/rental-list.ts';
import { listRentableUnits } from '../../domain/rental/rental-details.ts';
import { intervalLabels, intervalNames, rentalStatuses } from '../../domain/rental/rental.ts';
import { listSites } from '../../domain/site/site-queries.ts';
import { listTaxRates } from '../../domain/tax-rate/tax-rate-queries.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, submittedText, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { toDecimal } from '../../locales/currencies.ts';
import { rentalBadges } from '../badges.ts';
import { withErrors } from '../form-errors.ts';
import { namedOptions } from '../list-controls.ts';
import { listScreen } from '../list-screen.ts';
import { customerParam } from '../money-views.ts';
import { taxRateOptions } from '../tax-rate-options.ts';
import { rentalColumns } from './columns.ts';

export const rentals = Router();

rentals.get(
  '/',
  may('rentals.view'),
  listScreen({
    title: 'Rentals',
    path: '/rentals',
    list: rentalList,
    file: 'rentals',
    load: (db) => [listSites(db)],
    columns: rentalColumns,
    actions: [{ text: 'Move in', href: '/rentals/new', permission: 'rentals.edit', look: 'add' }],
    search: { placeholder: 'Unit code', maxlength: 20 },
    filters: [
      {
        kind: 'many',
        name: 'status',
        label: 'Status',
        options: rentalStatuses.map((value) => ({ value, label: rentalBadges[value].text })),
      },
      { kind: 'many', name: 'site', label: 'Site', data: ([sites]) => namedOptions(sites) },
      { kind: 'one', name: 'notice', label: 'Notice', options: [{ value: 'given', label: 'Given' }] },
      { kind: 'range', name: 'starts', label: 'First day' },
      { kind: 'range', name: 'ends', label: 'Last day' },
      { kind: 'link', name: 'created', label: 'Created', has_chip: true },
      { kind: 'one', name: 'locked', label: 'Lock-out', options: [{ value: 'out', label: 'Yes' }] },
    ],
    count: { one: '{count} rental', other: '{count} rentals' },
    more: '{count}+ rentals',
    cut: '{total} among the first {most} matches. Refine your search to see others.',
    noMatch: { heading: 'No rentals match', icon: 'unit' },
    firstUse: {
      heading: 'No rentals yet',
      icon: 'unit',
      text: 'A rental begins when a customer moves into a unit, or reserves it.',
      action: { text: 'Move the first customer in', href: '/rentals/new', permission: 'rentals.edit' },
    },
  }),
);

rentals.get('/new', may('rentals.edit'), (req, res) => showNew(req, res, emptyForm));

rentals.post('/', may('rentals.edit'), async (req, res) => {
  const form = parseForm(moveInSchema(req.tenant.currency), req.body, { others: ['shown'] });
  const isShown = submittedText(req.body, 'shown') === '1';
  const refused = await createOnce(
    req,
    res,
    'rental',
    async (db) => {
      if (!form.ok) return form;
      const billing = await getBilling(db);
      const result = await moveIn(db, req.actor, billing, form.values);
      // On another day than today it first shows what it will issue: it runs, and is rolled back.
      const isToday = form.values.starts_on === billing.today;
      return result.ok && !isToday && !isShown ? preview(result) : result;
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
  { invoices, rental }: Extract<MoveInResult, { ok: true }>,
): void {
  const { values } = withErrors(req.body, { errors: [] });
  res.page('operations/rentals/confirmation', {
    title: 'Move in',
    values,
    unit_code: rental.unit_code,
    is_reserved: rental.status === 'reserved',
    invoices: invoices.map(({ lines, total_cents }) => ({ starts_on: lines[0]!.starts_on, total_cents })),
    total_cents: invoices.reduce((sum, { total_cents }) => sum + total_cents, 0n),
    currency: req.tenant.currency,
  });
}

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [billing, units, rates] = await req.readTenant((db) => [
    findBilling(db),
    listRentableUnits(db),
    listTaxRates(db),
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
