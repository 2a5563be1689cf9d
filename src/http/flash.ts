import type { Request, RequestHandler, Response } from 'express';
import type { Plural } from '../locales/translate.ts';
import { clearCookie, readSignedCookie, setSignedCookie } from './cookies.ts';

const NOTICE_SECONDS = 60;

/** Of one session: a client that submits forms without showing the next page must not make the session grow. */
const MAX_STORED = 20;

export interface Flash {
  kind: 'ok' | 'info' | 'warn' | 'bad';
  text: string | Plural;
  params?: Record<string, string | number>;
}

/** A flash for an anonymous user; `address` is what they submitted. */
export interface Notice extends Partial<Flash> {
  address?: string;
}

/** Shown on the next page: kept in the session of a logged-in user, else in the notice cookie. */
export function flash(
  req: Request,
  res: Response,
  text: string | Plural,
  { kind = 'ok', params = {} }: Partial<Omit<Flash, 'text'>> = {},
): void {
  if (req.session?.csrfSecret === undefined) return setNotice(req, res, { text, kind, params });
  req.session.flashes = [...(req.session.flashes ?? []), { kind, text, params }].slice(-MAX_STORED);
}

/** Returns a function that removes what was stored since, for a transaction that is not committed or runs again. */
export function rememberFlashes(req: Request): () => void {
  const { flashes, flash_data } = req.session ?? {};
  return () => {
    const { session } = req;
    if (!session) return;
    delete session.flashes;
    delete session.flash_data;
    Object.assign(session, { ...(flashes && { flashes }), ...(flash_data && { flash_data }) });
  };
}

export function consumeFlashes(req: Request, { statusCode }: Pick<Response, 'statusCode'>): Flash[] {
  // They stay for the next page, because a session cannot be saved while the database is unavailable.
  if (statusCode >= 500) return [];
  // An error page may be rendered before there is a session.
  const { flashes = [] } = req.session ?? {};
  if (flashes.length > 0) delete req.session.flashes;
  const { text, kind = 'info', params = {} } = req.notice ?? {};
  return text === undefined ? flashes : [...flashes, { kind, text, params }];
}

/** The text is shown once; the address stays until the cookie expires, so that a reload shows it again. */
export const readNotice: RequestHandler = (req, res, next) => {
  req.notice = readSignedCookie<Notice>(req, 'notice');
  if (req.notice?.text !== undefined && req.method === 'GET') clearCookie(req, res, 'notice');
  next();
};

export function setNotice(req: Request, res: Response, notice: Notice): void {
  setSignedCookie(req, res, 'notice', notice, NOTICE_SECONDS);
}

/** Stores a value until the page at `path` is shown. Pages in other tabs do not consume or replace it. */
export function setFlashData(req: Request, path: string, value: string): void {
  const { [path]: _, ...others } = req.session.flash_data ?? {};
  const latest = Object.entries({ ...others, [path]: value }).slice(-MAX_STORED);
  req.session.flash_data = Object.fromEntries(latest);
}

export function consumeFlashData(req: Request, path: string): string | undefined {
  const { [path]: value, ...others } = req.session.flash_data ?? {};
  if (value === undefined) return undefined;
  req.session.flash_data = others;
  return value;
}

declare module 'express-serve-static-core' {
  interface Request {
    notice: Notice | undefined;
  }
}

declare module 'express-session' {
  interface SessionData {
    flashes: Flash[];
    /** By path. */
    flash_data: Record<string, string>;
  }
}
