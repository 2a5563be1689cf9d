import type { Request, RequestHandler, Response } from 'express';
import { hashPassword } from '../domain/password/hash-password.ts';
import { setPasswordWithToken } from '../domain/password/password-actions.ts';
import { passwordMinLength } from '../domain/password/password.ts';
import { type TokenPurpose, findTokenUser, type TokenUser } from '../domain/token/one-time-token.ts';
import { markOpened } from '../domain/user/user-access.ts';
import { flash } from '../http/flash.ts';
import { emptyForm, withErrors, type Form } from '../http/form.ts';
import { loginPath } from '../http/guards.ts';
import { ipPrefix, type Counter } from '../http/rate-limit.ts';
import { seeOther } from '../http/see-other.ts';
import { parseNewPassword } from './new-password.ts';
import { clearLinkCookie, readLinkId, readLinkToken, storeTokenAndRedirect } from './link-cookie.ts';

interface PasswordScreen {
  purpose: TokenPurpose;
  view: string;
  title: string;
  /** Not called when another user is logged in. */
  onSaved: (req: Request, res: Response) => Promise<void>;
}

export function showPasswordForm(screen: PasswordScreen): RequestHandler {
  return async (req, res) => {
    if (storeTokenAndRedirect(req, res, screen.purpose)) return;
    const opened = await openLink(req, screen.purpose);
    if (!opened) return showInvalidLink(req, res);
    showForm(req, res, screen, opened.link, emptyForm);
  };
}

export function savePassword(screen: PasswordScreen): RequestHandler {
  return async (req, res) => {
    const opened = await openLink(req, screen.purpose);
    if (!opened) return showInvalidLink(req, res);
    const { link, token } = opened;
    const parsed = await parseNewPassword(req.body, passwordRulesFor(req, link));
    if (!parsed.ok) {
      await req.inTenant((db) => markOpened(db, link.user_id));
      return showForm(req, res.status(422), screen, link, withErrors(req.body, parsed));
    }

    const passwordHash = await hashPassword(parsed.values.new_password);
    const { purpose } = screen;
    const saved = await req.inTenant((db) =>
      setPasswordWithToken(db, req.actor, link, { token, purpose, passwordHash, name: parsed.values }),
    );
    if (!saved.ok) return showInvalidLink(req, res);
    clearLinkCookie(req, res);
    const isOtherUser = req.user !== null && req.user.id !== link.user_id;
    await (isOtherUser ? redirectOtherUser(req, res, link) : screen.onSaved(req, res));
  };
}

/** A request without a token is not throttled as a guess, because its link may be open in another browser. */
export async function showInvalidLink(req: Request, res: Response): Promise<undefined> {
  const has_token = readLinkToken(req) !== undefined;
  const counter: Counter = { purpose: 'bad-token', ip: ipPrefix(req) };
  if (has_token) await req.throttle.consume({ counter, limit: 30, seconds: 15 * 60 });
  const title = has_token ? 'This link no longer works' : 'Open the link in your email again';
  res.status(410).page('errors/invalid-link', { title, is_bare: true, has_token });
}

async function openLink(
  req: Request,
  purpose: TokenPurpose,
): Promise<{ link: TokenUser; token: string } | undefined> {
  const token = readLinkToken(req);
  if (token === undefined) return undefined;
  const [link] = await req.readTenant((db) => [findTokenUser(db, token, purpose)]);
  const audience = req.portal.kind === 'account' ? 'customer' : 'staff';
  return link?.audience === audience ? { link, token } : undefined;
}

/** The page after `onSaved` would read as if the password of the logged-in user had changed. */
async function redirectOtherUser(req: Request, res: Response, link: TokenUser): Promise<void> {
  const params = { email: link.email, name: req.user!.email };
  flash(req, res, 'The password for {email} is saved. You are still logged in as {name}.', { params });
  await seeOther(req, res, loginPath(req));
}

export function passwordRulesFor(req: Request, link: TokenUser) {
  return {
    minimum: passwordMinLength(link.audience, req.tenant.password_min_length),
    names: { tenant: req.tenant, user: [link.name, link.email], companies: link.company_names },
    needsTerms: link.needs_terms,
  };
}

/** Once: with the first password. */
export function asksName({ name, password_hash }: TokenUser): boolean {
  return name === '' && password_hash === null;
}

function showForm(
  req: Request,
  res: Response,
  { view, title }: PasswordScreen,
  link: TokenUser,
  form: Form,
): void {
  const { email, needs_terms } = link;
  const { minimum } = passwordRulesFor(req, link);
  const link_id = readLinkId(req);
  const asks_name = asksName(link);
  res.page(view, { title, is_bare: true, form, link_id, email, needs_terms, asks_name, minimum });
}
