import { Router, type Request, type Response } from 'express';
import {
  findJustConsumed,
  findTokenUser,
  type OpenedToken,
  type TokenUser,
} from '../domain/token/one-time-token.ts';
import { confirmEmailChange } from '../domain/user/change-email.ts';
import {
  MINUTES_BETWEEN_VERIFICATION_EMAILS,
  requestEmailVerification,
  verifyEmail,
} from '../domain/user/verify-email.ts';
import { audienceOf } from '../http/find-portal.ts';
import { flash } from '../http/flash.ts';
import { submittedText } from '../http/form.ts';
import { anyone, loginPath, signedIn } from '../http/guards.ts';
import { showInvalidLink } from './invalid-link.ts';
import { readLinkId, readOpenedToken, shortenLinkCookie, storeTokenAndRedirect } from './link-cookie.ts';
import { requestLinkRoutes } from './request-link.ts';
import { repeatLinkFromThisSite } from './strict-cookie.ts';
import { portalPath, safeRedirectPath, seeOther } from '../http/see-other.ts';

/** Behind the link of an email that verifies an address. */
export function verifyEmailRoutes({ audience }: { audience: 'customer' | 'staff' }): Router {
  const routes = Router();
  routes.get('/', anyone, showForm);
  routes.post('/', anyone, confirmAddress);
  const folder = audience === 'customer' ? 'account' : 'operations';
  routes.use(
    '/links',
    requestLinkRoutes({
      template: 'verifyEmail',
      audience,
      path: audience === 'customer' ? '/account/verify-email/links' : '/verify-email/links',
      view: `${folder}/new-link`,
      sentView: `${folder}/new-link-sent`,
      title: 'Get a new link',
    }),
  );
  routes.post('/requests', signedIn, sendVerificationEmail);
  return routes;
}

async function showForm(req: Request, res: Response): Promise<void> {
  if (storeTokenAndRedirect(req, res, 'verify_email', 'change_email')) return;
  const opened = await openLink(req);
  if (!opened) return showInvalid(req, res);
  if (repeatLinkFromThisSite(req, res)) return;
  const { is_change, address } = opened;
  const title = 'Confirm your email address';
  res.page('sign-in/verify-email', { title, is_bare: true, link_id: readLinkId(req), is_change, address });
}

async function confirmAddress(req: Request, res: Response): Promise<void> {
  const opened = await openLink(req);
  if (!opened) return showConfirmedOrInvalid(req, res);
  const { link, is_change, address } = opened;
  const confirmed = is_change ? await confirmChange(req, opened) : await confirmCurrent(req, opened);
  if (!confirmed.ok && confirmed.is_taken)
    return res.status(409).page('sign-in/verify-email-taken', takenPage(link));
  if (!confirmed.ok) return showConfirmedOrInvalid(req, res);
  shortenLinkCookie(req, res);
  await showConfirmed(req, res, link.user_id, address);
}

async function sendVerificationEmail(req: Request, res: Response): Promise<void> {
  const back = submittedText(req.body, 'back');
  const outcome = await req.inTenant((db) => requestEmailVerification(db, req.actor, req.user!.id));
  const { email } = req.user!;
  if (outcome === 'sent') flash(req, res, 'We have sent a link to {email}.', { params: { email } });
  if (outcome === 'sent recently')
    flash(
      req,
      res,
      {
        one: 'We have already sent a link to {email}. You can request another after {count} minute.',
        other: 'We have already sent a link to {email}. You can request another after {count} minutes.',
      },
      { kind: 'info', params: { email, count: MINUTES_BETWEEN_VERIFICATION_EMAILS } },
    );
  if (outcome === 'already verified') flash(req, res, 'Your email address is verified.');
  await seeOther(req, res, safeRedirectPath(back, portalPath(req, '') || '/'));
}

function showInvalid(req: Request, res: Response): Promise<undefined> {
  return showInvalidLink(req, res, portalPath(req, '/verify-email/links'));
}

interface OpenedLink extends OpenedToken {
  link: TokenUser;
  is_change: boolean;
  address: string;
}

async function openLink(req: Request): Promise<OpenedLink | undefined> {
  const opened = readOpenedToken(req);
  if (!opened) return undefined;
  const [current, next] = await req.readTenant((db) => [
    findTokenUser(db, opened.token, 'verify_email'),
    findTokenUser(db, opened.token, 'change_email'),
  ]);
  const link = current ?? next;
  if (link?.audience !== audienceOf(req)) return undefined;
  const is_change = next !== undefined;
  return { link, ...opened, is_change, address: (is_change ? link.pending_email : link.email) ?? '' };
}

async function showConfirmed(req: Request, res: Response, userId: string, address: string): Promise<void> {
  flash(req, res, 'Your email address {address} is verified.', { params: { address } });
  const isOwn = req.user?.id === userId;
  await seeOther(req, res, isOwn ? portalPath(req, '/profile') : loginPath(req));
}

/** The second of two clicks finds the link consumed by the first. */
async function showConfirmedOrInvalid(req: Request, res: Response): Promise<void> {
  const opened = readOpenedToken(req);
  if (!opened) return showInvalid(req, res);
  const confirmed = await req.readTenant((db) => [
    findJustConsumed(db, opened, 'verify_email'),
    findJustConsumed(db, opened, 'change_email'),
  ]);
  const user = confirmed.find((each) => each?.audience === audienceOf(req));
  await (user ? showConfirmed(req, res, user.id, user.email) : showInvalid(req, res));
}

async function confirmCurrent(req: Request, { link, ...opened }: OpenedLink) {
  const { ok } = await req.inTenant((db) => verifyEmail(db, req.actor, link, opened));
  return { ok, is_taken: false };
}

async function confirmChange(req: Request, { link, ...opened }: OpenedLink) {
  const isOwn = req.user?.id === link.user_id;
  const loginSessionId = isOwn ? req.currentLogin?.login_session_id : undefined;
  const changed = await req.inTenant((db) =>
    confirmEmailChange(db, req.actor, link, { ...opened, loginSessionId }),
  );
  return { is_taken: false, ...changed };
}

function takenPage({ email, pending_email }: TokenUser) {
  return { title: 'This email address is already in use', is_bare: true, email, pending_email };
}
