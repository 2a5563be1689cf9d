import { Router, type Request } from 'express';
import { findLinkedUser, type LinkedUser } from '../domain/token/use-token.ts';
import { confirmEmailChange } from '../domain/user/change-email.ts';
import { verifyEmail as verify } from '../domain/user/verify-email.ts';
import { flash } from '../http/flash.ts';
import { anyone } from '../http/guards.ts';
import { forgetLink, linkToken, tookLink } from '../sign-in/link-cookie.ts';
import { deadLink } from '../sign-in/password-links.ts';
import { seeOther } from '../http/see-other.ts';

export const verifyEmail = Router();

verifyEmail.get('/', anyone, async (req, res) => {
  if (tookLink(req, res)) return;
  const { link, is_change, address } = await readLink(req);
  if (!link) return deadLink(req, res);
  const title = 'Confirm your email address';
  res.page('account/verify-email', { title, is_bare: true, is_change, address });
});

verifyEmail.post('/', anyone, async (req, res) => {
  const { link, is_change, address } = await readLink(req);
  if (!link) return deadLink(req, res);
  const done = is_change ? await change(req, link) : await verifyOld(req, link);
  if (!done.ok && done.is_taken) return res.status(409).page('account/email-taken', taken(link));
  if (!done.ok) return deadLink(req, res);
  forgetLink(req, res);
  flash(req, res, 'Your email address {address} is confirmed.', { params: { address } });
  await seeOther(req, res, req.user?.id === link.user_id ? '/account/profile' : '/account/login');
});

/** One address for two kinds of links: it confirms the email there is, or the one it is being changed to. */
async function readLink(req: Request) {
  const token = linkToken(req);
  const [there, next] = await req.readTenant((db) => [
    findLinkedUser(db, token, 'verify_email'),
    findLinkedUser(db, token, 'change_email'),
  ]);
  const link = there ?? next;
  const is_change = next !== undefined;
  return { link, is_change, address: (is_change ? link?.pending_email : link?.email) ?? '' };
}

async function verifyOld(req: Request, link: LinkedUser) {
  const token = linkToken(req);
  const { ok } = await req.inTenant((db) => verify(db, req.actor, link, token));
  return { ok, is_taken: false };
}

async function change(req: Request, link: LinkedUser) {
  const token = linkToken(req);
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
