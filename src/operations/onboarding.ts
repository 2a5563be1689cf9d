import { Router } from 'express';
import { findSetup, hideSetup, setupSteps } from '../domain/tenant/setup-checklist.ts';
import { found } from '../errors.ts';
import { flash } from '../http/flash.ts';
import { may } from '../http/guards.ts';
import { seeOther } from '../http/see-other.ts';

export const onboarding = Router();

onboarding.get('/', may('business.edit'), async (req, res) => {
  const [settings, email, customer, terms] = await req.readTenant(findSetup);
  const done = setupSteps({
    settings: found(settings),
    has_sent_email: email !== undefined,
    has_customer: customer !== undefined,
    terms_version: terms?.number ?? 0,
  });
  res.page('operations/onboarding', {
    title: 'Get started',
    done,
    sender: req.tenant.reply_to,
    is_hidden: found(settings).is_setup_hidden,
  });
});

onboarding.post('/dismissal', may('business.edit'), async (req, res) => {
  await req.inTenant((db) => hideSetup(db, req.actor));
  req.forgetTenant();
  flash(req, res, 'The checklist is closed. You can open it again in Settings → Business.');
  await seeOther(req, res, req.actor.permissions.has('users.view') ? '/users' : '/settings/business');
});
