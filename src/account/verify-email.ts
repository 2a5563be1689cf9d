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
  verifyEmail as verify,
} from '../domain/user/verify-email.ts';
import { flash } from '../http/flash.ts';
import { submittedText } from '../http/form.ts';
import { anyone, signedIn } from '../http/guards.ts';
import { showInvalidLink } from '../sign-in/invalid-link.ts';
import {
  readLinkId,
  readOpenedToken,
  shortenLinkCookie,
  storeTokenAndRedirect,
} from '../sign-in/link-cookie.ts';
import { requestLinkRoutes } from '../sign-in/request-link.ts';
import { safeRedirectPath, seeOther } from '../http/see-other.ts';

export const verifyEmail = Router();

const newLinkPath = '/account/verify-email/links';

verifyEmail.get('/', anyone, async (req, res) => {
  if (storeTokenAndRedirect(req, res, 'verify_email', 'change_email')) return;
  const opened = await openLink(req);
  if (!opened) return showInvalidLink(req, res, newLinkPath);
  const { is_change, address } = opened;
  const title = 'Confirm your email address';
  res.page('account/verify-email', {
    title,
    is_bare: true,
    link_id: readLinkId(req),
    is_change,
    address,
  });
});

verifyEmail.post('/', anyone, async (req, res) => {
  const opened = await openLink(req);
  if (!opened) return showConfirmedOrInvalid(req, res);
  const { link, is_change, address } = opened;
  const confirmed = is_change ? await confirmChange(req, opened) : await confirmCurrent(req, opened);
  if (!confirmed.ok && confirmed.is_taken)
    return res.status(409).page('account/verify-email-taken', takenPage(link));
  if (!confirmed.ok) return showConfirmedOrInvalid(req, res);
  shortenLinkCookie(req, res);
  await showConfirmed(req, res, link.user_id, address);
});

verifyEmail.use(
  '/links',
  requestLinkRoutes({
    template: 'verifyEmail',
    audience: 'customer',
    path: newLinkPath,
    view: 'account/new-link',
    sentView: 'account/new-link-sent',
    title: 'Get a new link',
  }),
);

verifyEmail.post('/requests', signedIn, async (req, res) => {
  const back = submittedText(req.body, 'back');
  const outcome = await req.inTenant((db) => requestEmailVerification(db, req.actor, req.user!.id));
  const { email } = req.user!;
  if (outcome === 'sent') flash(req, res, 'We have sent a link to {email}.', { params: { email } });
  if (outcome === 'sent recently')
    flash(
      req,
      res,
      'We have just sent a link to {email}. If it is not there in {minutes} minutes, ask again.',
      {
        kind: 'info',
        params: { email, minutes: MINUTES_BETWEEN_VERIFICATION_EMAILS },
      },
    );
  if (outcome === 'already verified') flash(req, res, 'Your email address is verified.');
  await seeOther(req, res, safeRedirectPath(back, '/account'));
});

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
  if (!link) return undefined;
  const is_change = next !== undefined;
  return { link, ...opened, is_change, address: (is_change ? link.pending_email : link.email) ?? '' };
}

async function showConfirmed(req: Request, res: Response, userId: string, address: string): Promise<void> {
  flash(req, res, 'Your email address {address} is confirmed.', { params: { address } });
  await seeOther(req, res, req.user?.id === userId ? '/account/profile' : '/account/login');
}

/** The second of two clicks finds the link consumed by the first. */
async function showConfirmedOrInvalid(req: Request, res: Response): Promise<void> {
  const opened = readOpenedToken(req);
  if (!opened) return showInvalidLink(req, res, newLinkPath);
  const confirmed = await req.readTenant((db) => [
    findJustConsumed(db, opened, 'verify_email'),
    findJustConsumed(db, opened, 'change_email'),
  ]);
  const user = confirmed.find((each) => each !== undefined);
  await (user ? showConfirmed(req, res, user.id, user.email) : showInvalidLink(req, res, newLinkPath));
}

async function confirmCurrent(req: Request, { link, ...opened }: OpenedLink) {
  const { ok } = await req.inTenant((db) => verify(db, req.actor, link, opened));
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
  return { title: 'This address is taken', is_bare: true, email, pending_email };
}
