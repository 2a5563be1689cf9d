import type { Request, RequestHandler, Response } from 'express';
import type { FieldError } from '../domain/form/parse-values.ts';
import { hashPassword, verifyPassword } from '../domain/password/hash-password.ts';
import { setPasswordWithToken } from '../domain/password/password-actions.ts';
import { passwordMinLength } from '../domain/password/password.ts';
import { termsBlocks } from '../domain/terms/terms-blocks.ts';
import { findTermsInForce } from '../domain/terms/terms-queries.ts';
import {
  findJustConsumed,
  findTokenUser,
  type OpenedToken,
  type TokenPurpose,
  type TokenUser,
} from '../domain/token/one-time-token.ts';
import { markOpened } from '../domain/user/user-access.ts';
import { audienceOf } from '../http/find-portal.ts';
import { flash } from '../http/flash.ts';
import { emptyForm, submittedText, withErrors, type Form } from '../http/form.ts';
import { loginPath } from '../http/guards.ts';
import { ipPrefix, personKey, type Counter } from '../http/rate-limit.ts';
import { seeOther } from '../http/see-other.ts';
import { parseNewPassword } from './new-password.ts';
import { readLinkId, readOpenedToken, shortenLinkCookie, storeTokenAndRedirect } from './link-cookie.ts';
import { showInvalidLink } from './invalid-link.ts';
import { repeatLinkFromThisSite } from './strict-cookie.ts';

interface PasswordScreen {
  purpose: TokenPurpose;
  view: string;
  title: string;
  /** Of the form that requests a new link. */
  newLinkPath: string;
  /** Not called when another user is logged in. */
  onSaved: (req: Request, res: Response) => Promise<void>;
}

export function showPasswordForm(screen: PasswordScreen): RequestHandler {
  return async (req, res) => {
    if (storeTokenAndRedirect(req, res, screen.purpose)) return;
    const opened = await openLink(req, screen.purpose);
    if (!opened) return showInvalidLink(req, res, screen.newLinkPath);
    if (repeatLinkFromThisSite(req, res)) return;
    showForm(req, res, screen, opened.link, { form: emptyForm });
  };
}

export function savePassword(screen: PasswordScreen): RequestHandler {
  return async (req, res) => {
    const opened = await openLink(req, screen.purpose);
    if (!opened) return showSavedOrInvalid(req, res, screen);
    const { link, ...token } = opened;
    const parsed = await parsePasswordForm(req, link);
    if (!parsed.ok) {
      await req.inTenant((db) => markOpened(db, link.user_id));
      return showRefused(req, res, screen, link, parsed.errors);
    }

    const { new_password, number: termsNumber } = parsed.values;
    const passwordHash = await hashPassword(new_password);
    const { purpose } = screen;
    const saved = await req.inTenant((db) =>
      setPasswordWithToken(db, req.actor, link, {
        ...token,
        purpose,
        passwordHash,
        termsNumber,
        name: parsed.values,
      }),
    );
    if (!saved.ok && saved.errors.length > 0) return showRefused(req, res, screen, link, saved.errors);
    if (!saved.ok) return showSavedOrInvalid(req, res, screen);
    shortenLinkCookie(req, res);
    await showSaved(req, res, screen, { id: link.user_id, email: link.email });
  };
}

async function openLink(
  req: Request,
  purpose: TokenPurpose,
): Promise<(OpenedToken & { link: TokenUser }) | undefined> {
  const opened = readOpenedToken(req);
  if (!opened) return undefined;
  const [link] = await req.readTenant((db) => [findTokenUser(db, opened.token, purpose)]);
  return link?.audience === audienceOf(req) ? { link, ...opened } : undefined;
}

/**
 * The user whose link the same browser has just consumed with the same password. The limit is that of other forms that
 * confirm a password.
 */
export async function findSavedUser(req: Request, purpose: TokenPurpose) {
  const opened = readOpenedToken(req);
  const newPassword = submittedText(req.body, 'new_password');
  if (!opened || newPassword === '') return undefined;
  const [user] = await req.readTenant((db) => [findJustConsumed(db, opened, purpose)]);
  if (user?.audience !== audienceOf(req)) return undefined;
  const person = personKey(req.portal, user.id);
  const counter: Counter = { purpose: 'current-password', person, ip: ipPrefix(req) };
  await req.throttle.consume({ counter, limit: 10, seconds: 15 * 60 });
  return (await verifyPassword(user.password_hash, newPassword)) ? user : undefined;
}

async function showSavedOrInvalid(req: Request, res: Response, screen: PasswordScreen): Promise<void> {
  const user = await findSavedUser(req, screen.purpose);
  if (!user) return showInvalidLink(req, res, screen.newLinkPath);
  await showSaved(req, res, screen, user);
}

async function showSaved(
  req: Request,
  res: Response,
  screen: PasswordScreen,
  { id, email }: { id: string; email: string },
): Promise<void> {
  const isOtherUser = req.user !== null && req.user.id !== id;
  await (isOtherUser ? redirectOtherUser(req, res, email) : screen.onSaved(req, res));
}

/** The page after `onSaved` would read as if the password of the logged-in user had changed. */
export async function redirectOtherUser(req: Request, res: Response, email: string): Promise<void> {
  const params = { email, name: req.user!.email };
  flash(req, res, 'The password for {email} is saved. You are still logged in as {name}.', { params });
  await seeOther(req, res, loginPath(req));
}

/** The form also shows the address, for password managers. */
export function parsePasswordForm(req: Request, link: TokenUser) {
  return parseNewPassword(req.body, passwordRulesFor(req, link), { others: ['username'] });
}

export function passwordRulesFor(req: Request, link: TokenUser) {
  return {
    minimum: passwordMinLength(link.audience, req.tenant.password_min_length),
    names: { tenant: req.tenant, user: [link.name, link.email], companies: link.company_names },
    termsNumber: link.terms_number ?? undefined,
  };
}

export interface ShownForm {
  form: Form;
  /** The number and text of a terms version that was published after the form was first shown. */
  changedTerms?: { number: number; body: string } | undefined;
}

/** Shows the new text, and no earlier agreement, if the form has shown another version than the one in force. */
export async function refusedForm(req: Request, errors: readonly FieldError[]): Promise<ShownForm> {
  if (!errors.some(({ code }) => code === 'terms_changed')) return { form: withErrors(req.body, { errors }) };
  const [changedTerms] = await req.readTenant((db) => [findTermsInForce(db)]);
  const { values, ...form } = withErrors(req.body, { errors });
  const { accept_terms: _, ...others } = values;
  return { form: { ...form, values: others }, changedTerms };
}

/** What the form for a new password shows, except its title. */
export function passwordFormLocals(req: Request, link: TokenUser, { form, changedTerms }: ShownForm) {
  return {
    form,
    is_bare: true,
    link_id: readLinkId(req),
    email: link.email,
    minimum: passwordRulesFor(req, link).minimum,
    terms_number: changedTerms?.number ?? link.terms_number,
    terms_blocks: termsBlocks(changedTerms?.body ?? ''),
    // Once: with the first password.
    asks_name: link.name === '' && link.password_hash === null,
  };
}

async function showRefused(
  req: Request,
  res: Response,
  screen: PasswordScreen,
  link: TokenUser,
  errors: readonly FieldError[],
): Promise<void> {
  showForm(req, res.status(422), screen, link, await refusedForm(req, errors));
}

function showForm(
  req: Request,
  res: Response,
  { view, title }: PasswordScreen,
  link: TokenUser,
  shown: ShownForm,
): void {
  res.page(view, { title, ...passwordFormLocals(req, link, shown) });
}
