import { Router, type Request } from 'express';
import { findTokenUser, type TokenUser } from '../domain/token/one-time-token.ts';
import { confirmEmailChange } from '../domain/user/change-email.ts';
import {
  MINUTES_BETWEEN_VERIFICATION_EMAILS,
  requestEmailVerification,
  verifyEmail as verify,
} from '../domain/user/verify-email.ts';
import { flash } from '../http/flash.ts';
import { anyone, signedIn } from '../http/guards.ts';
import { clearLinkCookie, readLinkId, readLinkToken, storeTokenAndRedirect } from '../sign-in/link-cookie.ts';
import { showInvalidLink } from '../sign-in/password-links.ts';
import { safeRedirectPath, seeOther } from '../http/see-other.ts';

export const verifyEmail = Router();

verifyEmail.get('/', anyone, async (req, res) => {
  if (storeTokenAndRedirect(req, res, 'verify_email', 'change_email')) return;
  const opened = await openLink(req);
  if (!opened) return showInvalidLink(req, res);
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
  if (!opened) return showInvalidLink(req, res);
  const { link, is_change, address } = opened;
  const confirmed = is_change ? await confirmChange(req, opened) : await confirmCurrent(req, opened);
  if (!confirmed.ok && confirmed.is_taken)
    return res.status(409).page('account/verify-email-taken', takenPage(link));
  if (!confirmed.ok) return showInvalidLink(req, res);
  clearLinkCookie(req, res);
  flash(req, res, 'Your email address {address} is confirmed.', { params: { address } });
  await seeOther(req, res, req.user?.id === link.user_id ? '/account/profile' : '/account/login');
});

verifyEmail.post('/requests', signedIn, async (req, res) => {
  const outcome = await req.inTenant((db) => requestEmailVerification(db, req.actor, req.user!.id));
  const { email } = req.user!;
  if (outcome === 'sent') flash(req, res, 'We have sent a link to {email}.', { params: { email } });
  if (outcome === 'sent recently')
    flash(
      req,
      res,
      {
        one: 'We have just sent a link to {email}. If it is not there in {count} minute, ask again.',
        other: 'We have just sent a link to {email}. If it is not there in {count} minutes, ask again.',
      },
      {
        kind: 'info',
        params: { email, count: MINUTES_BETWEEN_VERIFICATION_EMAILS },
      },
    );
  if (outcome === 'already verified') flash(req, res, 'Your email address is verified.');
  await seeOther(req, res, safeRedirectPath((req.body as { back?: unknown }).back, '/account'));
});

interface OpenedLink {
  link: TokenUser;
  token: string;
  is_change: boolean;
  address: string;
}

async function openLink(req: Request): Promise<OpenedLink | undefined> {
  const token = readLinkToken(req);
  if (token === undefined) return undefined;
  const [current, next] = await req.readTenant((db) => [
    findTokenUser(db, token, 'verify_email'),
    findTokenUser(db, token, 'change_email'),
  ]);
  const link = current ?? next;
  if (!link) return undefined;
  const is_change = next !== undefined;
  return { link, token, is_change, address: (is_change ? link.pending_email : link.email) ?? '' };
}

async function confirmCurrent(req: Request, { link, token }: OpenedLink) {
  const { ok } = await req.inTenant((db) => verify(db, req.actor, link, token));
  return { ok, is_taken: false };
}

async function confirmChange(req: Request, { link, token }: OpenedLink) {
  const isOwn = req.user?.id === link.user_id;
  const loginSessionId = isOwn ? req.currentLogin?.login_session_id : undefined;
  const changed = await req.inTenant((db) =>
    confirmEmailChange(db, req.actor, link, { token, loginSessionId }),
  );
  return { is_taken: false, ...changed };
}

function takenPage({ email, pending_email }: TokenUser) {
  return { title: 'This address is taken', is_bare: true, email, pending_email };
}
