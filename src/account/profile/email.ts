import { Router } from 'express';
import { cancelEmailChange, newEmailSchema, requestEmailChange } from '../../domain/user/change-email.ts';
import { confirmPassword } from '../../sign-in/confirm-password.ts';
import { flash } from '../../http/flash.ts';
import { parseForm, withErrors } from '../../http/form.ts';
import { signedIn } from '../../http/guards.ts';
import { personKey } from '../../http/rate-limit.ts';
import { seeOther } from '../../http/see-other.ts';

export const email = Router();

const title = 'Change email';

email.get('/', signedIn, (req, res) => {
  res.page('account/profile/email', { title, email: req.user!.email });
});

email.post('/', signedIn, async (req, res) => {
  const user = req.user!;
  const view = 'account/profile/email';
  const confirmed = await confirmPassword(req, res, { others: ['new_email'] });
  if (!confirmed.ok) return res.page(view, { title, email: user.email, form: confirmed.form });
  const person = personKey(req.portal, user.id);
  await req.throttle.consume({ counter: { purpose: 'change-email', person }, limit: 5, seconds: 60 * 60 });
  const form = parseForm(newEmailSchema, req.body, { others: ['current_password'] });
  const result = form.ok
    ? await req.inTenant((db) => requestEmailChange(db, req.actor, user, form.values))
    : form;
  if (!result.ok)
    return res.status(422).page(view, { title, email: user.email, form: withErrors(req.body, result) });
  flash(req, res, 'We have sent a link to {new_email}. Your address changes once you confirm it there.', {
    params: { new_email: result.new_email },
  });
  await seeOther(req, res, '/account/profile');
});

email.post('/cancellation', signedIn, async (req, res) => {
  await req.inTenant((db) => cancelEmailChange(db, req.actor, req.user!));
  flash(req, res, 'Your email address stays as it is.');
  await seeOther(req, res, '/account/profile');
});
