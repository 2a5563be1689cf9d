import { Router, type Request, type Response } from 'express';
import { acceptInvitation } from '../domain/invitation/accept-invitation.ts';
import { findInvitation } from '../domain/invitation/invitation-queries.ts';
import { emptyForm, type Form } from '../domain/form/parse-form.ts';
import { hashPassword } from '../domain/password/hash-password.ts';
import { parseNewPassword } from '../domain/password/new-password-form.ts';
import { findLinkedUser, type LinkedUser } from '../domain/token/use-token.ts';
import { markOpened } from '../domain/user/mark-opened.ts';
import { rememberSignIn, renewSession } from '../sign-in/session.ts';
import { anyone } from '../http/guards.ts';
import { rememberDevice } from '../sign-in/known-device.ts';
import {
  clearLinkCookie,
  readLinkMark,
  readLinkToken,
  storeTokenAndRedirect,
} from '../sign-in/link-cookie.ts';
import { logOut } from '../sign-in/log-out.ts';
import { rulesFor, showDeadLink } from '../sign-in/password-links.ts';
import { personKey } from '../http/person-key.ts';
import { seeOther } from '../http/see-other.ts';
import { hashSid } from '../http/session-store.ts';

export const invitation = Router();

/** The invitation of the request; undefined when a page has been sent that says why there is no form. */
async function openInvitation(req: Request, res: Response) {
  const token = readLinkToken(req);
  if (token === undefined) return showDeadLink(req, res);
  const [link, invited] = await req.readTenant((db) => [
    findLinkedUser(db, token, 'invitation'),
    findInvitation(db, token),
  ]);
  if (invited?.is_overtaken) return showAlreadyActive(res);
  if (!link || !invited) return showDeadLink(req, res);
  if (req.user && req.user.id !== link.user_id) return showOtherUser(req, res, link);
  return { link, token, words: invited.words ?? {} };
}

type Opened = NonNullable<Awaited<ReturnType<typeof openInvitation>>>;

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
  const parsed = parseNewPassword(req.body, rulesFor(req, link));
  if (!parsed.ok) return showForm(req, res.status(422), opened, parsed.form);

  const passwordHash = await hashPassword(parsed.values.new_password);
  await renewSession(req);
  const sidHash = hashSid(req.sessionID);
  const accepted = await req.inTenant((db) =>
    acceptInvitation(db, req.actor, link, { token, passwordHash, sidHash }),
  );
  if (!accepted.ok) return showDeadLink(req, res);
  rememberSignIn(req, res, accepted.session);
  rememberDevice(req, res, personKey(req.portal, link.email));
  clearLinkCookie(req, res);
  await seeOther(req, res, '/account');
});

/** The link's cookie stays, so that its person sees the form after this. */
invitation.post('/logout', anyone, async (req, res) => {
  const mark = readLinkMark(req);
  await logOut(req, res);
  await seeOther(req, res, mark === undefined ? '/account/invitation' : `/account/invitation?link=${mark}`);
});

function showForm(req: Request, res: Response, { link, words }: Opened, form: Form): void {
  const { email, needs_terms } = link;
  const { minimum } = rulesFor(req, link);
  const { inviter_name = '', company_name = '' } = words;
  const title = 'You are invited';
  res.page('account/invitation', {
    title,
    is_bare: true,
    form,
    link_mark: readLinkMark(req),
    email,
    needs_terms,
    minimum,
    inviter_name,
    company_name,
  });
}

function showOtherUser(req: Request, res: Response, link: LinkedUser): undefined {
  const signed_in_as = req.user!.email;
  res.page('account/invitation-for-another', {
    title: 'This invitation is for someone else',
    is_bare: true,
    link_mark: readLinkMark(req),
    signed_in_as,
    email: link.email,
  });
}

function showAlreadyActive(res: Response): undefined {
  res.page('account/invitation-overtaken', { title: 'You already have an account', is_bare: true });
}
