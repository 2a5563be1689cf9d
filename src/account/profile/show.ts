import { Router, type Request, type Response } from 'express';
import {
  listCustomFieldsWithValues,
  listMissingFields,
} from '../../domain/custom-field/custom-field-queries.ts';
import { customFieldName, isMissing } from '../../domain/custom-field/custom-field.ts';
import { passwordMinLength } from '../../domain/password/password.ts';
import { findProfile, profileSchema, updateProfile } from '../../domain/user/user-profile.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, withErrors, type Form } from '../../http/form.ts';
import { signedIn } from '../../http/guards.ts';
import { seeOther } from '../../http/see-other.ts';
import { localeOptions, supportedLocale } from '../../locales/locales.ts';
import { canonicalTimeZone, timeZoneLabel } from '../../locales/time-zones.ts';

export const profile = Router();

profile.get('/', signedIn, (req, res) => showProfile(req, res, emptyForm));

profile.post('/', signedIn, async (req, res) => {
  const { id, has_missing_fields } = req.user!;
  const result = await req.inTenant(async (db) => {
    const profile = found(await findProfile(db, id).forUpdate());
    const fields =
      has_missing_fields || hasCustomFields(req.body) ? await listCustomFieldsWithValues(db, id) : [];
    const missing = fields.filter(isMissing);
    const others = fields.map(customFieldName);
    const form = parseForm(profileSchema(missing), req.body, { stored: profile, others });
    if (form.ok) await updateProfile(db, req.actor, profile, form.values, missing);
    return form;
  });
  if (!result.ok) return showProfile(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'Your profile is saved.');
  await seeOther(req, res, '/account/profile');
});

export async function showProfile(req: Request, res: Response, form: Form): Promise<void> {
  const { id, has_missing_fields } = req.user!;
  const [user, missing = []] = await req.readTenant((db) => [
    findProfile(db, id),
    ...(has_missing_fields ? [listMissingFields(db, id)] : []),
  ]);
  const { id: _, email_verified_at, locale, time_zone, ...shown } = found(user);
  const zone = time_zone ?? req.tenant.time_zone;
  res.page('account/profile/show', {
    title: 'Profile',
    form,
    ...shown,
    missing_fields: missing.map(({ code, title, type, choices }) => ({ code, title, type, choices })),
    is_verified: email_verified_at !== null,
    chosen_locale: supportedLocale(locale ?? req.tenant.locale),
    time_zone: timeZoneLabel(canonicalTimeZone(zone) ?? zone),
    locale_options: localeOptions(),
    password_minimum: passwordRules(req).minimum,
  });
}

export function passwordRules(req: Request) {
  const { name, email, companies } = req.user!;
  return {
    minimum: passwordMinLength('customer', req.tenant.password_min_length),
    guessableWords: [
      req.tenant.name,
      req.tenant.slug,
      email,
      name,
      ...companies.map((company) => company.name),
    ],
  };
}

/** Also of a form that was rendered before its fields got a value. */
function hasCustomFields(body: unknown): boolean {
  return Object.keys((body ?? {}) as object).some((name) => name.startsWith('cf['));
}
