import { Router, type Request } from 'express';
import { findLinkedUser, type LinkedUser } from '../domain/token/use-token.ts';
import { confirmEmailChange } from '../domain/user/change-email.ts';
import { verifyEmail as verify } from '../domain/user/verify-email.ts';
import { flash } from '../http/flash.ts';
import { anyone } from '../http/guards.ts';
import {
  clearLinkCookie,
  readLinkMark,
  readLinkToken,
  storeTokenAndRedirect,
} from '../sign-in/link-cookie.ts';
import { showDeadLink } from '../sign-in/password-links.ts';
import { seeOther } from '../http/see-other.ts';

export const verifyEmail = Router();

verifyEmail.get('/', anyone, async (req, res) => {
  if (storeTokenAndRedirect(req, res, 'verify_email', 'change_email')) return;
  const opened = await openLink(req);
  if (!opened) return showDeadLink(req, res);
  const { is_change, address } = opened;
  const title = 'Confirm your email address';
  res.page('account/verify-email', {
    title,
    is_bare: true,
    link_mark: readLinkMark(req),
    is_change,
    address,
  });
});

verifyEmail.post('/', anyone, async (req, res) => {
  const opened = await openLink(req);
  if (!opened) return showDeadLink(req, res);
  const { link, is_change, address } = opened;
  const done = is_change ? await confirmChange(req, opened) : await confirmCurrent(req, opened);
  if (!done.ok && done.is_taken) return res.status(409).page('account/email-taken', taken(link));
  if (!done.ok) return showDeadLink(req, res);
  clearLinkCookie(req, res);
  flash(req, res, 'Your email address {address} is confirmed.', { params: { address } });
  await seeOther(req, res, req.user?.id === link.user_id ? '/account/profile' : '/account/login');
});

interface OpenedLink {
  link: LinkedUser;
  token: string;
  is_change: boolean;
  address: string;
}

/** One page for two kinds of links: it confirms the current email address, or the one it is being changed to. */
async function openLink(req: Request): Promise<OpenedLink | undefined> {
  const token = readLinkToken(req);
  if (token === undefined) return undefined;
  const [current, next] = await req.readTenant((db) => [
    findLinkedUser(db, token, 'verify_email'),
    findLinkedUser(db, token, 'change_email'),
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
  const loginSessionId = isOwn ? req.signIn?.login_session_id : undefined;
  const changed = await req.inTenant((db) =>
    confirmEmailChange(db, req.actor, link, { token, loginSessionId }),
  );
  return { is_taken: false, ...changed };
}

function taken({ email, pending_email }: LinkedUser) {
  return { title: 'This address is taken', is_bare: true, email, pending_email };
}
