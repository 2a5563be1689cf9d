import { Router, type Request, type Response } from 'express';
import {
  businessFormSchema,
  findTenantSettings,
  updateBusiness,
} from '../../domain/tenant/tenant-settings.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, versionToRender, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { seeOther } from '../../http/see-other.ts';
import { currencyOptions } from '../../locales/currencies.ts';
import { localeOptions, supportedLocale } from '../../locales/locales.ts';
import { canonicalTimeZone, timeZoneOptions } from '../../locales/time-zones.ts';
import { withErrors } from '../form-errors.ts';

export const business = Router();

business.get('/', may('business.edit'), (req, res) => showBusiness(req, res, emptyForm));

business.post('/', may('business.edit'), async (req, res) => {
  const result = await req.inTenant(async (db) => {
    const { version: _, ...stored } = found(await findTenantSettings(db));
    const form = parseForm(businessFormSchema, req.body, { stored });
    return form.ok ? updateBusiness(db, req.actor, form.values) : form;
  });
  if (!result.ok) return showBusiness(req, res.status(422), withErrors(req.body, result));

  req.forgetTenant();
  flash(req, res, 'Your changes have been saved.');
  await seeOther(req, res, '/settings/business');
});

async function showBusiness(req: Request, res: Response, form: Form): Promise<void> {
  const [row] = await req.readTenant((db) => [findTenantSettings(db)]);
  const { brand: _, locale, time_zone, vocabulary, ...settings } = found(row);
  res.page('operations/settings/business', {
    title: 'Business',
    form,
    ...settings,
    settings_locale: supportedLocale(locale),
    settings_vocabulary: vocabulary,
    time_zone: canonicalTimeZone(time_zone) ?? time_zone,
    is_stale: 'version' in form.errors,
    field_ids: { version: 'stored' },
    version: versionToRender(form, settings.version),
    locale_options: localeOptions(),
    time_zone_options: await timeZoneOptions(),
    currency_options: currencyOptions,
  });
}
