import { Router } from 'express';
import { MINUTES_BETWEEN, requestVerification } from '../domain/user/verify-email.ts';
import { flash } from '../http/flash.ts';
import { signedIn } from '../http/guards.ts';
import { ownPath, seeOther } from '../http/see-other.ts';

export const dashboard = Router();

dashboard.get('/', signedIn, (req, res) => {
  const { first_name, email, email_verified_at, companies } = req.user!;
  res.page('account/dashboard', {
    title: 'Your account',
    first_name,
    email,
    is_verified: email_verified_at !== null,
    company_names: companies.map((company) => company.name),
  });
});

dashboard.post('/email-verification', signedIn, async (req, res) => {
  const outcome = await req.inTenant((db) => requestVerification(db, req.actor, req.user!.id));
  const { email } = req.user!;
  if (outcome === 'sent') flash(req, res, 'We have sent a link to {email}.', { params: { email } });
  if (outcome === 'sent just now')
    flash(
      req,
      res,
      'We have just sent a link to {email}. If it is not there in {minutes} minutes, ask again.',
      {
        kind: 'info',
        params: { email, minutes: MINUTES_BETWEEN },
      },
    );
  if (outcome === 'verified already') flash(req, res, 'Your email address is verified.');
  await seeOther(req, res, ownPath((req.body as { back?: unknown }).back, '/account'));
});
