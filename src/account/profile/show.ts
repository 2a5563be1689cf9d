import { Router, type Request, type Response } from 'express';
import { passwordMinLength } from '../../domain/password/password.ts';
import {
  findProfile,
  profileSchema,
  recordNameChangeAttempt,
  updateProfile,
} from '../../domain/user/user-profile.ts';
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
  const user = req.user!;
  if (attemptsNameChange(req.body)) await req.inTenant((db) => recordNameChangeAttempt(db, req.actor, user));
  const form = parseForm(profileSchema, req.body);
  if (!form.ok) return showProfile(req, res.status(422), withErrors(req.body, form));
  await req.inTenant((db) => updateProfile(db, req.actor, user.id, form.values));
  flash(req, res, 'Your profile is saved.');
  await seeOther(req, res, '/account/profile');
});

export async function showProfile(req: Request, res: Response, form: Form): Promise<void> {
  const [user] = await req.readTenant((db) => [findProfile(db, req.user!.id)]);
  const { email_verified_at, locale, time_zone, ...shown } = found(user);
  const zone = time_zone ?? req.tenant.time_zone;
  res.page('account/profile/show', {
    title: 'Profile',
    form,
    ...shown,
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
    needsTerms: false,
  };
}

function attemptsNameChange(body: unknown): boolean {
  return ['first_name', 'last_name'].some((field) => Object.hasOwn((body ?? {}) as object, field));
}
