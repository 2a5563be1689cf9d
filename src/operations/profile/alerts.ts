import { Router } from 'express';
import * as z from 'zod';
import { checkbox } from '../../domain/form/fields.ts';
import { updateAlerts } from '../../domain/staff/alerts.ts';
import { findProfile } from '../../domain/user/user-profile.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { parseForm } from '../../http/form.ts';
import { signedIn } from '../../http/guards.ts';
import { seeOther } from '../../http/see-other.ts';

const alertsForm = z.object({
  alerts_of_comments: checkbox(),
  alerts_of_requests: checkbox(),
  alerts_of_payments: checkbox(),
  alerts_of_documents: checkbox(),
});

export const profileAlerts = Router();

profileAlerts.post('/', signedIn, async (req, res) => {
  const form = parseForm(alertsForm, req.body);
  if (form.ok)
    await req.inTenant(async (db) => {
      const before = found(await findProfile(db, req.user!.id).forUpdate());
      updateAlerts(db, req.actor, before, form.values);
    });
  flash(req, res, 'Your changes have been saved.');
  await seeOther(req, res, '/profile#alerts');
});
