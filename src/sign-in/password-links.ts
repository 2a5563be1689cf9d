import type { Request, RequestHandler, Response } from 'express';
import { hashPassword } from '../domain/password/hash-password.ts';
import { parseNewPassword } from '../domain/password/new-password-form.ts';
import { setPasswordByLink } from '../domain/password/password-actions.ts';
import { passwordMinimum } from '../domain/password/password-policy.ts';
import type { TokenPurpose } from '../domain/token/mint-token.ts';
import { findLinkedUser, type LinkedUser } from '../domain/token/use-token.ts';
import { markOpened } from '../domain/user/mark-opened.ts';
import { emptyForm, type Form } from '../domain/form/parse-form.ts';
import { forgetLink, linkToken, tookLink } from './link-cookie.ts';
import { ipPrefix } from '../http/rate-limit.ts';

interface Screen {
  purpose: TokenPurpose;
  view: string;
  title: string;
  /** After the password is saved and the link spent. */
  onSaved: (req: Request, res: Response, link: LinkedUser) => Promise<void> | void;
}

/** GET: the form behind a mailed link, or the page of every dead link. Spends nothing. */
export function showPasswordForm(screen: Screen): RequestHandler {
  return async (req, res) => {
    if (tookLink(req, res)) return;
    const link = await readLink(req, screen.purpose);
    if (!link) return deadLink(req, res);
    showForm(req, res, screen, link, emptyForm);
  };
}

/** POST: saves the password and spends the link, once. */
export function savePassword(screen: Screen): RequestHandler {
  return async (req, res) => {
    const link = await readLink(req, screen.purpose);
    if (!link) return deadLink(req, res);
    const parsed = parseNewPassword(req.body, rulesFor(req, link));
    if (!parsed.ok) {
      await req.inTenant((db) => markOpened(db, link.user_id));
      return showForm(req, res.status(422), screen, link, parsed.form);
    }

    const passwordHash = await hashPassword(parsed.values.new_password);
    const { purpose } = screen;
    const saved = await req.inTenant((db) =>
      setPasswordByLink(db, req.actor, link, { token: linkToken(req), purpose, passwordHash }),
    );
    if (!saved.ok) return deadLink(req, res);
    forgetLink(req, res);
    await screen.onSaved(req, res, link);
  };
}

/** Every link that does not work (any more) is answered alike, and guessing at them is slowed. */
export async function deadLink(req: Request, res: Response): Promise<void> {
  await req.throttle.take({ purpose: 'bad-token', ip: ipPrefix(req) }, { limit: 30, seconds: 15 * 60 });
  res.status(410).page('errors/dead-link', { title: 'This link no longer works', is_bare: true });
}

/** Whose link stands in the link cookie, while it is alive. */
export async function readLink(req: Request, purpose: TokenPurpose): Promise<LinkedUser | undefined> {
  const token = linkToken(req);
  if (token === '') return undefined;
  const [link] = await req.readTenant((db) => [findLinkedUser(db, token, purpose)]);
  const audience = req.portal.kind === 'account' ? 'customer' : 'staff';
  return link?.audience === audience ? link : undefined;
}

/** What a new password of this person has to keep to. */
export function rulesFor(req: Request, link: LinkedUser) {
  return {
    minimum: passwordMinimum(link.audience, req.tenant.password_min_length),
    known: [req.tenant.name, req.tenant.slug, link.email, link.name, ...link.company_names],
    needsTerms: link.needs_terms,
  };
}

function showForm(req: Request, res: Response, { view, title }: Screen, link: LinkedUser, form: Form): void {
  const { email, needs_terms } = link;
  const { minimum } = rulesFor(req, link);
  res.page(view, { title, is_bare: true, form, email, needs_terms, minimum });
}
