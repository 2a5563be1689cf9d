import { Router, type Request, type Response } from 'express';
import { emptyForm, type Form } from '../../domain/form/parse-form.ts';
import { hashPassword } from '../../domain/password/hash-password.ts';
import { parseNewPassword } from '../../domain/password/new-password-form.ts';
import { changePassword } from '../../domain/password/password-actions.ts';
import { passwordMinimum } from '../../domain/password/password-policy.ts';
import { findProfile } from '../../domain/user/find-profile.ts';
import { bringsName, recordNameRefusal, updateProfile } from '../../domain/user/update-profile.ts';
import { found } from '../../errors.ts';
import { confirmPassword } from '../../sign-in/confirm-password.ts';
import { flash } from '../../http/flash.ts';
import { signedIn } from '../../http/guards.ts';
import { seeOther } from '../../http/see-other.ts';
import { knownLocale, locales } from '../../locales/locales.ts';
import { changeEmail } from './email.ts';

export const profile = Router();

profile.use('/email', changeEmail);

profile.get('/', signedIn, (req, res) => showProfile(req, res, emptyForm));

profile.post('/', signedIn, async (req, res) => {
  const user = req.user!;
  if (bringsName(req.body)) await req.inTenant((db) => recordNameRefusal(db, req.actor, user));
  const updated = await req.inTenant((db) => updateProfile(db, req.actor, user.id, req.body));
  if (!updated.ok) return showProfile(req, res.status(422), updated.form);
  flash(req, res, 'Your profile is saved.');
  await seeOther(req, res, '/account/profile');
});

profile.post('/password', signedIn, async (req, res) => {
  const confirmed = await confirmPassword(req, res);
  const parsed = parseNewPassword(req.body, passwordRules(req));
  if (!parsed.ok && confirmed.ok) res.status(422);
  if (!parsed.ok || !confirmed.ok) return showProfile(req, res, bothForms(confirmed, parsed));

  const user = req.user!;
  const passwordHash = await hashPassword(parsed.values.new_password);
  const loginSessionId = req.signIn!.login_session_id;
  await req.inTenant((db) => changePassword(db, req.actor, user, { passwordHash, loginSessionId }));
  flash(req, res, 'Your password is changed. All other devices are logged out.');
  await seeOther(req, res, '/account/profile');
});

/** What is wrong with either password is told at once. */
function bothForms(...checked: ({ ok: true } | { ok: false; form: Form })[]): Form {
  const errors = checked.map((each) => (each.ok ? {} : each.form.errors));
  return { values: {}, errors: Object.assign({}, ...errors) as Form['errors'] };
}

async function showProfile(req: Request, res: Response, form: Form): Promise<void> {
  const [mine] = await req.readTenant((db) => [findProfile(db, req.user!.id)]);
  const { email_verified_at, locale, time_zone, ...shown } = found(mine);
  res.page('account/profile/show', {
    title: 'Profile',
    form,
    ...shown,
    is_verified: email_verified_at !== null,
    chosen_locale: knownLocale(locale ?? req.tenant.locale),
    chosen_time_zone: time_zone ?? req.tenant.time_zone,
    locale_options: Object.entries(locales).map(([value, label]) => ({ value, label })),
    time_zone_options: timeZoneOptions(time_zone ?? req.tenant.time_zone),
    password_minimum: passwordRules(req).minimum,
  });
}

function passwordRules(req: Request) {
  const { name, email, companies } = req.user!;
  return {
    minimum: passwordMinimum('customer', req.tenant.password_min_length),
    known: [req.tenant.name, req.tenant.slug, email, name, ...companies.map((company) => company.name)],
    needsTerms: false,
  };
}

function timeZoneOptions(chosen: string) {
  const known = ['UTC', ...Intl.supportedValuesOf('timeZone')];
  // A zone may be stored by another of its names: Asia/Kolkata is listed as Asia/Calcutta.
  const zones = new Set(known.includes(chosen) ? known : [chosen, ...known]);
  return [...zones].map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') }));
}
