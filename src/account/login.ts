import { Router, type Request } from 'express';
import { isId } from '../database/new-id.ts';
import { givesContext } from '../domain/membership/customer-context.ts';
import { findMembership } from '../domain/membership/membership-queries.ts';
import { attemptLogIn } from '../sign-in/log-in.ts';
import { flash } from '../http/flash.ts';
import { submittedText } from '../http/form.ts';
import { anyone } from '../http/guards.ts';
import { safeRedirectPath, seeOther } from '../http/see-other.ts';

export const login = Router();

login.get('/', anyone, (req, res) => {
  if (req.user) return res.redirect(303, '/account');
  res.anonymousPage('account/login', { title: 'Log in', next: safeRedirectPath(req.query['next'], '') });
});

login.post('/', anyone, async (req, res) => {
  const next = safeRedirectPath(submittedText(req.body, 'next'), '');
  const attempt = await attemptLogIn(req, res);
  if (!attempt.ok) {
    if (attempt.retryAfterSeconds) res.set('Retry-After', String(attempt.retryAfterSeconds));
    return res.status(attempt.status).page('account/login', { title: 'Log in', form: attempt.form, next });
  }
  if (attempt.has_just_verified) flash(req, res, 'Your email address is verified.');
  // The customer is logged in although their companies cannot be read.
  const path = await pathAfterLogin(req, attempt.user_id, next).catch(() => '/account');
  await seeOther(req, res, path);
});

/** `next` may be a page of a company that the customer has left. */
async function pathAfterLogin(req: Request, userId: string, next: string): Promise<string> {
  const companyId = /^\/account\/companies\/([^/?#]*)/.exec(next)?.[1];
  if (companyId === undefined) return next || '/account';
  if (!isId(companyId)) return '/account';
  const [membership] = await req.readTenant((db) => [findMembership(db, companyId, userId)]);
  return membership && givesContext(membership.company_status) ? next : '/account';
}
