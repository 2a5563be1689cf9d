import { Router, type Request } from 'express';
import { createTaxRate, makeDefault, retireTaxRate } from '../../domain/tax-rate/tax-rate-actions.ts';
import { findTaxRate, listAllTaxRates } from '../../domain/tax-rate/tax-rate-queries.ts';
import { newTaxRateSchema, toPercent } from '../../domain/tax-rate/tax-rate.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { parseForm } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';

type RateRequest = Request<{ id: string }>;

export const taxes = Router();
taxes.param('id', idParam);

const LIST = '/settings/taxes';

taxes.get('/', may('billing_settings.edit'), async (req, res) => {
  const [rates] = await req.readTenant((db) => [listAllTaxRates(db)]);
  res.page('operations/settings/taxes/list', {
    title: 'Taxes',
    rates: rates.map((rate) => ({ ...rate, percent: toPercent(rate.rate_ppm) })),
  });
});

taxes.get('/new', may('billing_settings.edit'), (_req, res) => {
  res.page('operations/settings/taxes/new', { title: 'Add tax rate' });
});

taxes.post('/', may('billing_settings.edit'), async (req, res) => {
  const form = parseForm(newTaxRateSchema, req.body);
  const refused = await createOnce(
    req,
    res,
    'tax_rate',
    async (db) => (form.ok ? createTaxRate(db, req.actor, form.values) : form),
    ({ rate: { name } }) => {
      flash(req, res, '{name} was added.', { params: { name } });
      return LIST;
    },
  );
  if (refused)
    res.status(422).page('operations/settings/taxes/new', {
      title: 'Add tax rate',
      form: withErrors(req.body, refused),
    });
});

taxes.post('/:id/default', may('billing_settings.edit'), async (req: RateRequest, res) => {
  const { name } = await req.inTenant((db) => makeDefault(db, req.actor, req.params.id));
  flash(req, res, '{name} is the default now.', { params: { name } });
  await seeOther(req, res, LIST);
});

taxes.get('/:id/retirement', may('billing_settings.edit'), async (req: RateRequest, res) => {
  const [row] = await req.readTenant((db) => [findTaxRate(db, req.params.id)]);
  const { id, name, rate_ppm, is_retired } = found(row);
  if (is_retired) return res.redirect(303, LIST);
  res.page('operations/settings/taxes/retirement', {
    title: 'Retire tax rate',
    id,
    name,
    percent: toPercent(rate_ppm),
  });
});

taxes.post('/:id/retirement', may('billing_settings.edit'), async (req: RateRequest, res) => {
  const { name } = await req.inTenant((db) => retireTaxRate(db, req.actor, req.params.id));
  flash(req, res, '{name} was retired.', { params: { name } });
  await seeOther(req, res, LIST);
});
