import { Router, type Request } from 'express';
import { attemptLogIn } from '../sign-in/log-in.ts';
import { submittedText } from '../http/form.ts';
import { anyone } from '../http/guards.ts';
import { repeatLoginFromThisSite } from '../sign-in/strict-cookie.ts';
import { safeRedirectPath, seeOther } from '../http/see-other.ts';

export const login = Router();

login.get('/', anyone, (req, res) => {
  const next = safeRedirectPath(req.query['next'], '');
  if (req.user) return res.redirect(303, next || '/');
  if (repeatLoginFromThisSite(req, res, next)) return;
  res.anonymousPage('operations/login', { ...loginLocals(req), next });
});

login.post('/', anyone, async (req, res) => {
  const next = safeRedirectPath(submittedText(req.body, 'next'), '');
  const attempt = await attemptLogIn(req, res);
  if (!attempt.ok) {
    if (attempt.retryAfterSeconds) res.set('Retry-After', String(attempt.retryAfterSeconds));
    const locals = { ...loginLocals(req), next, form: attempt.form };
    return res.status(attempt.status).page('operations/login', locals);
  }
  await seeOther(req, res, next || '/');
});

function loginLocals({ tenant }: Request) {
  return { title: 'Log in', is_bare: true, customer_login: `${tenant.portal_origin}/account/login` };
}
