import { Router, type Request, type Response } from 'express';
import { attemptLogIn } from '../sign-in/log-in.ts';
import { emptyForm, type Form } from '../http/form.ts';
import { anyone } from '../http/guards.ts';
import { safeRedirectPath, seeOther } from '../http/see-other.ts';

export const login = Router();

login.get('/', anyone, (req, res) => {
  if (req.user) return res.redirect(303, '/users');
  showLogin(req, res, safeRedirectPath(req.query['next'], ''), emptyForm);
});

login.post('/', anyone, async (req, res) => {
  const next = safeRedirectPath((req.body as { next?: unknown } | undefined)?.next, '');
  const attempt = await attemptLogIn(req, res);
  if (!attempt.ok) {
    if (attempt.retryAfterSeconds) res.set('Retry-After', String(attempt.retryAfterSeconds));
    return showLogin(req, res.status(attempt.status), next, attempt.form);
  }
  await seeOther(req, res, next || '/users');
});

function showLogin(req: Request, res: Response, next: string, form: Form): void {
  const customer_login = `${req.tenant.portal_origin}/account/login`;
  res.page('operations/login', { title: 'Log in', is_bare: true, next, form, customer_login });
}
