import { Router, type Request, type Response } from 'express';
import { findInvitation, invitedUser } from '../domain/invitation/invitation.ts';
import { hashPassword } from '../domain/password/hash-password.ts';
import { setPasswordWithToken } from '../domain/password/password-actions.ts';
import { findTokenUser, type TokenUser } from '../domain/token/one-time-token.ts';
import { markOpened } from '../domain/user/user-access.ts';
import { emptyForm } from '../http/form.ts';
import { anyone } from '../http/guards.ts';
import { personKey } from '../http/rate-limit.ts';
import { seeOther } from '../http/see-other.ts';
import { showInvalidLink } from '../sign-in/invalid-link.ts';
import {
  readLinkId,
  readOpenedToken,
  shortenLinkCookie,
  storeTokenAndRedirect,
} from '../sign-in/link-cookie.ts';
import { rememberDevice } from '../sign-in/login-throttle.ts';
import {
  findSavedUser,
  parsePasswordForm,
  passwordFormLocals,
  refusedForm,
} from '../sign-in/password-links.ts';
import { requestLinkRoutes } from '../sign-in/request-link.ts';
import { logOut, startSession } from '../sign-in/session.ts';

export const invitation = Router();

const newLinkPath = '/account/invitation/links';

/** Returns undefined after sending a page that explains why there is no form. */
async function openInvitation(
  req: Request,
  res: Response,
  showDead: (req: Request, res: Response) => Promise<undefined> = showInvalid,
) {
  const token = readOpenedToken(req);
  if (!token) return showInvalid(req, res);
  const [link, invited] = await req.readTenant((db) => [
    findTokenUser(db, token.token, 'invitation'),
    findInvitation(db, token.token),
  ]);
  if (invited?.is_superseded) return showAlreadyActive(res);
  if (!link || !invited) return showDead(req, res);
  if (req.user && req.user.id !== link.user_id) return showOtherUser(req, res, link);
  return { link, token, words: invited.variables ?? {} };
}

type OpenedInvitation = NonNullable<Awaited<ReturnType<typeof openInvitation>>>;

invitation.get('/', anyone, async (req, res) => {
  if (storeTokenAndRedirect(req, res, 'invitation')) return;
  const opened = await openInvitation(req, res);
  if (opened) showForm(req, res, opened, { form: emptyForm });
});

invitation.post('/', anyone, async (req, res) => {
  const opened = await openInvitation(req, res.status(409), showAcceptedOrInvalid);
  if (!opened) return;
  res.status(200);
  const { link, token } = opened;
  await req.inTenant((db) => markOpened(db, link.user_id));
  const parsed = await parsePasswordForm(req, link);
  if (!parsed.ok) return showForm(req, res.status(422), opened, await refusedForm(req, parsed.errors));

  const { new_password, number: termsNumber } = parsed.values;
  const passwordHash = await hashPassword(new_password);
  const values = { purpose: 'invitation', passwordHash, termsNumber, name: parsed.values } as const;
  const loggedIn = await startSession(req, res, invitedUser(link, passwordHash), {
    method: 'invitation',
    prepare: (db) => setPasswordWithToken(db, req.actor, link, { ...token, ...values }),
  });
  if (!loggedIn.ok && loggedIn.errors?.length)
    return showForm(req, res.status(422), opened, await refusedForm(req, loggedIn.errors));
  if (!loggedIn.ok) return showAcceptedOrInvalid(req, res);
  rememberDevice(req, res, personKey(req.portal, link.email));
  shortenLinkCookie(req, res);
  await seeOther(req, res, '/account');
});

invitation.use(
  '/links',
  requestLinkRoutes({
    template: 'accountInvitation',
    audience: 'customer',
    path: newLinkPath,
    view: 'account/new-link',
    sentView: 'account/new-link-sent',
    title: 'Get a new link',
  }),
);

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

function showForm(
  req: Request,
  res: Response,
  { link, words }: OpenedInvitation,
  shown: Parameters<typeof passwordFormLocals>[2],
): void {
  const { inviter_name = '', company_name = '' } = words;
  const title = 'You are invited';
  const locals = passwordFormLocals(req, link, shown);
  res.page('account/invitation', { title, ...locals, inviter_name, company_name });
}

function showInvalid(req: Request, res: Response): Promise<undefined> {
  return showInvalidLink(req, res, newLinkPath);
}

/** The second of two clicks also logs in, because the browser may have dropped the response to the first one. */
async function showAcceptedOrInvalid(req: Request, res: Response): Promise<undefined> {
  const user = await findSavedUser(req, 'invitation');
  if (!user || (req.user && req.user.id !== user.id)) return showInvalid(req, res);
  const loggedIn = req.user ? { ok: true } : await startSession(req, res, user, { method: 'invitation' });
  if (!loggedIn.ok) return showInvalid(req, res);
  await seeOther(req, res, '/account');
  return undefined;
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
