import { Router, type Request, type Response } from 'express';
import { findBillingSettings } from '../../../domain/billing/billing-settings.ts';
import {
  billingSettingsSchema,
  MAX_TEXTS_LENGTH,
  settingFields,
} from '../../../domain/billing/billing-settings-form.ts';
import { feeText, listLateFeeRules } from '../../../domain/billing/late-fee-rules.ts';
import { updateBillingSettings } from '../../../domain/billing/update-billing-settings.ts';
import { found } from '../../../errors.ts';
import { flash } from '../../../http/flash.ts';
import { emptyForm, parseForm, versionToRender, type Form } from '../../../http/form.ts';
import { may } from '../../../http/guards.ts';
import { longForm } from '../../../http/input.ts';
import { seeOther } from '../../../http/see-other.ts';
import { withErrors } from '../../form-errors.ts';

export const billingSettings = Router();

billingSettings.get('/', may('billing_settings.edit'), (req, res) => showSettings(req, res, emptyForm));

billingSettings.post('/', may('billing_settings.edit'), longForm(MAX_TEXTS_LENGTH), async (req, res) => {
  const result = await req.inTenant(async (db) => {
    const settings = found(await findBillingSettings(db));
    const { version: _, ...stored } = settingFields(settings);
    const form = parseForm(billingSettingsSchema, req.body, { stored });
    return form.ok ? updateBillingSettings(db, req.actor, settings, form.values) : form;
  });
  if (!result.ok) return showSettings(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The billing settings are saved.');
  await seeOther(req, res, '/settings/billing');
});

async function showSettings(req: Request, res: Response, form: Form): Promise<void> {
  const { currency } = req.tenant;
  const [row, rules] = await req.readTenant((db) => [findBillingSettings(db), listLateFeeRules(db)]);
  const settings = found(row);
  res.page('operations/settings/billing/show', {
    title: 'Billing settings',
    form,
    stored: settingFields(settings),
    is_stale: 'version' in form.errors,
    field_ids: { version: 'stored' },
    version: versionToRender(form, settings.version),
    rules: rules.map((rule) => ({ ...rule, fee: feeText(rule, currency) })),
    currency,
  });
}
