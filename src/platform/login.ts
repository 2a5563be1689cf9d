import { Router, type Response } from 'express';
import { emptyForm, submittedText, type Form } from '../http/form.ts';
import { attemptOperatorLogIn } from '../sign-in/operator-log-in.ts';
import { anyone } from '../http/guards.ts';
import { repeatLoginFromThisSite } from '../sign-in/strict-cookie.ts';
import { safeRedirectPath, seeOther } from '../http/see-other.ts';

export const login = Router();

login.get('/', anyone, (req, res) => {
  const next = safeRedirectPath(req.query['next'], '');
  if (req.operator) return res.redirect(303, next || '/tenants');
  if (repeatLoginFromThisSite(req, res, next)) return;
  showLogin(res, next, emptyForm);
});

login.post('/', anyone, async (req, res) => {
  const next = safeRedirectPath(submittedText(req.body, 'next'), '');
  const attempt = await attemptOperatorLogIn(req, res);
  if (!attempt.ok) {
    if (attempt.retryAfterSeconds) res.set('Retry-After', String(attempt.retryAfterSeconds));
    return showLogin(res.status(attempt.status), next, attempt.form);
  }
  await seeOther(req, res, next || '/tenants');
});

function showLogin(res: Response, next: string, form: Form): void {
  res.page('platform/login', { title: 'Log in', is_bare: true, next, form });
}
