import { Router, type Request, type Response } from 'express';
import { cancelEmailChange, newEmailSchema, requestEmailChange } from '../domain/user/change-email.ts';
import { flash } from '../http/flash.ts';
import { emptyForm, parseForm, withErrors, type Form } from '../http/form.ts';
import { signedIn } from '../http/guards.ts';
import { personKey } from '../http/rate-limit.ts';
import { portalPath, seeOther } from '../http/see-other.ts';
import { confirmPassword } from './confirm-password.ts';

/** The change of the current user's own email address, of customers and staff. */
export function changeEmailRoutes(): Router {
  const email = Router();
  email.get('/', signedIn, (req, res) => showForm(req, res, emptyForm));
  email.post('/', signedIn, requestChange);
  email.post('/cancellation', signedIn, cancelChange);
  return email;
}

async function requestChange(req: Request, res: Response): Promise<void> {
  const user = req.user!;
  const confirmed = await confirmPassword(req, res, { others: ['new_email'] });
  if (!confirmed.ok) return showForm(req, res, confirmed.form);
  const person = personKey(req.portal, user.id);
  await req.throttle.consume({ counter: { purpose: 'change-email', person }, limit: 5, seconds: 60 * 60 });
  const form = parseForm(newEmailSchema, req.body, { others: ['current_password'] });
  const result = form.ok
    ? await req.inTenant((db) => requestEmailChange(db, req.actor, user, form.values))
    : form;
  if (!result.ok) return showForm(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'We have sent a link to {new_email}. Open it to confirm the change.', {
    params: { new_email: result.new_email },
  });
  await seeOther(req, res, portalPath(req, '/profile'));
}

async function cancelChange(req: Request, res: Response): Promise<void> {
  await req.inTenant((db) => cancelEmailChange(db, req.actor, req.user!));
  // An older page may cancel a change that was confirmed meanwhile.
  flash(req, res, 'Your email address is {email}.', { params: { email: req.user!.email } });
  await seeOther(req, res, portalPath(req, '/profile'));
}

function showForm(req: Request, res: Response, form: Form): void {
  res.page('sign-in/change-email', { title: 'Change email', email: req.user!.email, form });
}
