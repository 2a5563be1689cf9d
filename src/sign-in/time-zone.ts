import { Router, type Request, type Response } from 'express';
import { NO_CUSTOM_FIELDS } from '../domain/custom-field/form-fields.ts';
import { findProfile, profileSchema, updateProfile } from '../domain/user/user-profile.ts';
import { found } from '../errors.ts';
import { flash } from '../http/flash.ts';
import { emptyForm, parseForm, withErrors, type Form } from '../http/form.ts';
import { signedIn } from '../http/guards.ts';
import { portalPath, seeOther } from '../http/see-other.ts';
import { canonicalTimeZone, timeZoneOptions } from '../locales/time-zones.ts';

/** A page of its own, because the names of all time zones are larger than the profile. */
export function timeZoneRoutes(): Router {
  const timeZone = Router();
  timeZone.get('/', signedIn, (req, res) => showTimeZone(req, res, emptyForm));
  timeZone.post('/', signedIn, saveTimeZone);
  return timeZone;
}

async function saveTimeZone(req: Request, res: Response): Promise<void> {
  const result = await req.inTenant(async (db) => {
    const profile = found(await findProfile(db, req.user!.id).forUpdate());
    const form = parseForm(profileSchema(profile, NO_CUSTOM_FIELDS), req.body, { stored: profile });
    if (form.ok) await updateProfile(db, req.actor, profile, form.values, NO_CUSTOM_FIELDS);
    return form;
  });
  if (!result.ok) return showTimeZone(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'Your changes have been saved.');
  await seeOther(req, res, portalPath(req, '/profile'));
}

async function showTimeZone(req: Request, res: Response, form: Form): Promise<void> {
  const [user] = await req.readTenant((db) => [findProfile(db, req.user!.id)]);
  const time_zone = found(user).time_zone ?? req.tenant.time_zone;
  res.page('sign-in/time-zone', {
    title: 'Time zone',
    form,
    time_zone: canonicalTimeZone(time_zone) ?? time_zone,
    options: await timeZoneOptions(),
  });
}
