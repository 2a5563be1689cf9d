import { Router, type Request, type Response } from 'express';
import {
  addLateFeeRule,
  feeText,
  findLateFeeRule,
  newLateFeeSchema,
  removeLateFeeRule,
} from '../../../domain/billing/late-fee-rules.ts';
import { listSites } from '../../../domain/site/site-queries.ts';
import { listTaxRates } from '../../../domain/tax-rate/tax-rate-queries.ts';
import { found } from '../../../errors.ts';
import { flash } from '../../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../../http/form.ts';
import { createOnce } from '../../../http/form-key.ts';
import { may } from '../../../http/guards.ts';
import { idParam } from '../../../http/input.ts';
import { seeOther } from '../../../http/see-other.ts';
import { withErrors } from '../../form-errors.ts';
import { taxRateOptions } from '../../tax-rate-options.ts';

type RuleRequest = Request<{ id: string }>;

export const lateFees = Router().param('id', idParam);

const SETTINGS = '/settings/billing';

lateFees.get('/new', may('billing_settings.edit'), (req, res) => showNew(req, res, emptyForm));

lateFees.post('/', may('billing_settings.edit'), async (req, res) => {
  const { currency } = req.tenant;
  const form = parseForm(newLateFeeSchema(currency), req.body);
  const refused = await createOnce(
    req,
    res,
    'late_fee_rule',
    async (db) => (form.ok ? addLateFeeRule(db, req.actor, form.values, currency) : form),
    () => {
      flash(req, res, 'The late fee was added.');
      return SETTINGS;
    },
  );
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

lateFees.get('/:id/removal', may('billing_settings.edit'), async (req: RuleRequest, res) => {
  const [row] = await req.readTenant((db) => [findLateFeeRule(db, req.params.id)]);
  const rule = found(row);
  res.page('operations/settings/billing/late-fees/removal', {
    title: 'Remove late fee',
    id: rule.id,
    fee: feeText(rule, req.tenant.currency),
    days: rule.days_after_due,
  });
});

lateFees.post('/:id/removal', may('billing_settings.edit'), async (req: RuleRequest, res) => {
  await req.inTenant((db) => removeLateFeeRule(db, req.actor, req.params.id, req.tenant.currency));
  flash(req, res, 'The late fee was removed.');
  await seeOther(req, res, SETTINGS);
});

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [sites, rates] = await req.readTenant((db) => [listSites(db), listTaxRates(db)]);
  res.page('operations/settings/billing/late-fees/new', {
    title: 'Add late fee',
    form,
    currency: req.tenant.currency,
    sites,
    rate_options: taxRateOptions(rates),
  });
}
