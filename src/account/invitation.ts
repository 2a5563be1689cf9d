import { Router, type Request, type Response } from 'express';
import { findInvitation, invitedUser } from '../domain/invitation/invitation.ts';
import { hashPassword } from '../domain/password/hash-password.ts';
import { setPasswordWithToken } from '../domain/password/password-actions.ts';
import { findTokenUser, type TokenUser } from '../domain/token/one-time-token.ts';
import { markOpened } from '../domain/user/user-access.ts';
import { emptyForm, withErrors, type Form } from '../http/form.ts';
import { anyone } from '../http/guards.ts';
import { personKey } from '../http/rate-limit.ts';
import { seeOther } from '../http/see-other.ts';
import { clearLinkCookie, readLinkId, readLinkToken, storeTokenAndRedirect } from '../sign-in/link-cookie.ts';
import { rememberDevice } from '../sign-in/login-throttle.ts';
import { parseNewPassword } from '../sign-in/new-password.ts';
import { asksName, passwordRulesFor, showInvalidLink } from '../sign-in/password-links.ts';
import { logOut, startSession } from '../sign-in/session.ts';

export const invitation = Router();

/** Returns undefined after sending a page that explains why there is no form. */
async function openInvitation(req: Request, res: Response) {
  const token = readLinkToken(req);
  if (token === undefined) return showInvalidLink(req, res);
  const [link, invited] = await req.readTenant((db) => [
    findTokenUser(db, token, 'invitation'),
    findInvitation(db, token),
  ]);
  if (invited?.is_superseded) return showAlreadyActive(res);
  if (!link || !invited) return showInvalidLink(req, res);
  if (req.user && req.user.id !== link.user_id) return showOtherUser(req, res, link);
  return { link, token, words: invited.variables ?? {} };
}

type OpenedInvitation = NonNullable<Awaited<ReturnType<typeof openInvitation>>>;

invitation.get('/', anyone, async (req, res) => {
  if (storeTokenAndRedirect(req, res, 'invitation')) return;
  const opened = await openInvitation(req, res);
  if (opened) showForm(req, res, opened, emptyForm);
});

invitation.post('/', anyone, async (req, res) => {
  const opened = await openInvitation(req, res.status(409));
  if (!opened) return;
  res.status(200);
  const { link, token } = opened;
  await req.inTenant((db) => markOpened(db, link.user_id));
  const parsed = await parseNewPassword(req.body, passwordRulesFor(req, link));
  if (!parsed.ok) return showForm(req, res.status(422), opened, withErrors(req.body, parsed));

  const passwordHash = await hashPassword(parsed.values.new_password);
  const purpose = 'invitation';
  const loggedIn = await startSession(req, res, invitedUser(link, passwordHash), {
    method: 'invitation',
    prepare: (db) =>
      setPasswordWithToken(db, req.actor, link, { token, purpose, passwordHash, name: parsed.values }),
  });
  if (!loggedIn.ok) return showInvalidLink(req, res);
  rememberDevice(req, res, personKey(req.portal, link.email));
  clearLinkCookie(req, res);
  await seeOther(req, res, '/account');
});

/** Keeps the cookie of the link, so that the redirect leads to the form. */
invitation.post('/logout', anyone, async (req, res) => {
  const linkId = readLinkId(req);
  await logOut(req, res);
  await seeOther(
    req,
    res,
    linkId === undefined ? '/account/invitation' : `/account/invitation?link=${linkId}`,
  );
});

function showForm(req: Request, res: Response, { link, words }: OpenedInvitation, form: Form): void {
  const { email, needs_terms } = link;
  const { minimum } = passwordRulesFor(req, link);
  const { inviter_name = '', company_name = '' } = words;
  const title = 'You are invited';
  res.page('account/invitation', {
    title,
    is_bare: true,
    form,
    link_id: readLinkId(req),
    email,
    needs_terms,
    asks_name: asksName(link),
    minimum,
    inviter_name,
    company_name,
  });
}

function showOtherUser(req: Request, res: Response, link: TokenUser): undefined {
  const signed_in_as = req.user!.email;
  res.page('account/invitation-other-user', {
    title: 'This invitation is for someone else',
    is_bare: true,
    link_id: readLinkId(req),
    signed_in_as,
    email: link.email,
  });
}

function showAlreadyActive(res: Response): undefined {
  res.page('account/invitation-already-active', { title: 'You already have an account', is_bare: true });
}
