import { Router, type Request, type Response } from 'express';
import {
  listAllCustomFields,
  listCustomFields,
  type CustomField,
} from '../domain/custom-field/custom-field-queries.ts';
import {
  customForm,
  editableFields,
  formValues,
  readCustom,
  uploadableFields,
  type StoredValues,
} from '../domain/custom-field/form-fields.ts';
import { hashPassword } from '../domain/password/hash-password.ts';
import { changePassword } from '../domain/password/password-actions.ts';
import { newPasswordSchema, passwordMinLength } from '../domain/password/password.ts';
import { findProfile, profileSchema, updateProfile } from '../domain/user/user-profile.ts';
import { found } from '../errors.ts';
import {
  customForms,
  fieldInputs,
  fieldsForCustomer,
  formerInputs,
  missingTitles,
  type ShownRow,
} from '../http/custom-fields.ts';
import { flash } from '../http/flash.ts';
import { emptyForm, parseForm, withErrors, type Form } from '../http/form.ts';
import { signedIn } from '../http/guards.ts';
import { portalPath, seeOther } from '../http/see-other.ts';
import { localeOptions, supportedLocale } from '../locales/locales.ts';
import { canonicalTimeZone, timeZoneLabel } from '../locales/time-zones.ts';
import { confirmPassword } from './confirm-password.ts';
import { parseNewPassword } from './new-password.ts';
import { renewSessionId } from './session.ts';

/** The current user's own profile, of customers and staff. */
export function profileRoutes(): Router {
  const profile = Router();
  profile.get('/', signedIn, (req, res) => showProfile(req, res, emptyForm));
  profile.post('/', signedIn, customForms, saveProfile);
  return profile;
}

export function passwordRoutes(): Router {
  const password = Router();
  password.post('/', signedIn, savePassword);
  return password;
}

async function saveProfile(req: Request, res: Response): Promise<void> {
  const { id, audience } = req.user!;
  const result = await req.inTenant(async (db) => {
    const profile = found(await findProfile(db, id).forUpdate());
    const fields = audience === 'customer' ? await listAllCustomFields(db, 'user') : [];
    const custom = ownForm(req, fields, readCustom(profile));
    const form = parseForm(profileSchema(profile, custom), req.body, {
      stored: { ...profile, ...formValues(custom) },
      others: formerInputs(req, res, custom),
    });
    if (form.ok) await updateProfile(db, req.actor, profile, form.values, custom);
    return form;
  });
  if (!result.ok) return showProfile(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'Your changes have been saved.');
  await seeOther(req, res, portalPath(req, '/profile'));
}

async function savePassword(req: Request, res: Response): Promise<void> {
  const confirmed = await confirmPassword(req, res, { others: ['new_password'] });
  const rules = passwordRules(req);
  const parsed = confirmed.ok
    ? await parseNewPassword(req.body, rules, { others: ['current_password'] })
    : parseForm(newPasswordSchema(rules), req.body, { others: ['current_password'] });
  if (!parsed.ok && confirmed.ok) res.status(422);
  if (!parsed.ok || !confirmed.ok) {
    const errors = {
      ...(!confirmed.ok && confirmed.form.errors),
      ...(!parsed.ok && withErrors({}, parsed).errors),
    };
    return showProfile(req, res, { values: {}, errors });
  }

  const user = req.user!;
  const passwordHash = await hashPassword(parsed.values.new_password);
  const loginSessionId = req.currentLogin!.login_session_id;
  await renewSessionId(req, res, (db) => {
    changePassword(db, req.actor, user, { passwordHash, loginSessionId });
    flash(req, res, 'Your password has been changed. All other devices have been logged out.');
  });
  await seeOther(req, res, portalPath(req, '/profile'));
}

async function showProfile(req: Request, res: Response, form: Form): Promise<void> {
  const { id, audience } = req.user!;
  const [user, fields = []] = await req.readTenant((db) => [
    findProfile(db, id),
    ...(audience === 'customer' ? [listCustomFields(db, 'user')] : []),
  ]);
  const { id: _, name, email_verified_at, locale, time_zone, custom, ...shown } = found(user);
  const zone = time_zone ?? req.tenant.time_zone;
  res.page('sign-in/profile', {
    title: 'Profile',
    form,
    ...shown,
    ...ownFields(req, fields, { id, custom }),
    is_nameless: name === '',
    is_verified: email_verified_at !== null,
    chosen_locale: supportedLocale(locale ?? req.tenant.locale),
    time_zone: timeZoneLabel(canonicalTimeZone(zone) ?? zone),
    locale_options: localeOptions(),
    password_minimum: passwordRules(req).minimum,
  });
}

function passwordRules(req: Request) {
  const { audience, name, email, companies } = req.user!;
  return {
    minimum: passwordMinLength(audience, req.tenant.password_min_length),
    names: {
      tenant: req.tenant,
      user: [name, email],
      companies: companies.map((company) => company.name),
    },
  };
}

function ownForm(req: Request, fields: readonly CustomField[], stored: StoredValues) {
  return customForm(fields, { editor: 'customer', stored, secretKeys: req.secretKeys });
}

/** What customers fill in themselves, and what they only see. */
function ownFields(req: Request, fields: readonly CustomField[], row: ShownRow) {
  const stored = readCustom(row);
  const editable = editableFields(fields, 'customer', stored);
  const shown = fields.filter((field) => !editable.includes(field));
  return {
    custom_fields: fieldInputs(req, ownForm(req, fields, stored)),
    custom_rows: fieldsForCustomer(req, shown, row, {
      content: (fieldId) => `${portalPath(req, '/profile')}/files/${fieldId}/content`,
      upload: (fieldId) => `${portalPath(req, '/profile')}/files/${fieldId}`,
    }),
    missing_fields: missingTitles([...editable, ...uploadableFields(fields, 'customer')], stored),
  };
}
