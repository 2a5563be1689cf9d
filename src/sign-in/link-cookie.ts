import type { Request, Response } from 'express';
import { hashToken, tokenLifetimes, type TokenPurpose } from '../domain/token/one-time-token.ts';
import { BadRequest } from '../errors.ts';
import { clearCookie, dropOldestCookies, readSignedCookie, setSignedCookie } from '../http/cookies.ts';

const MAX_LINK_COOKIES = 5;
const LINK_ID = /^[0-9a-f]{16}$/;

interface LinkCookie {
  token: string;
  /** Milliseconds since 1970. */
  opened_at: number;
}

/** Keeps the token out of the history, logs and Referer. Returns whether the response is sent. */
export function storeTokenAndRedirect(req: Request, res: Response, ...purposes: TokenPurpose[]): boolean {
  const { token } = req.query;
  if (typeof token !== 'string' || token === '') return false;
  const value: LinkCookie = { token: token.slice(0, 100), opened_at: Date.now() };
  const id = linkIdOf(value.token);
  const seconds = Math.max(...purposes.map((purpose) => tokenLifetimes[purpose]));
  dropOldestCookies(req, res, {
    prefix: linkCookieName(''),
    added: linkCookieName(id),
    limit: MAX_LINK_COOKIES,
  });
  setSignedCookie(req, res, linkCookieName(id), value, seconds);
  res.redirect(303, `${req.pathname}?link=${id}`);
  return true;
}

/** Returns undefined for a missing or malformed id. @throws {BadRequest} for more than one */
export function readLinkId(req: Request): string | undefined {
  const source = (req.method === 'POST' ? req.body : req.query) as Record<string, unknown> | undefined;
  const id = source?.['link'];
  if (Array.isArray(id)) throw new BadRequest('link must be one value');
  return typeof id === 'string' && LINK_ID.test(id) ? id : undefined;
}

/** Returns undefined when this browser has not opened the link or has consumed it already. */
export function readLinkToken(req: Request): string | undefined {
  const id = readLinkId(req);
  return id === undefined ? undefined : readSignedCookie<LinkCookie>(req, linkCookieName(id))?.token;
}

export function clearLinkCookie(req: Request, res: Response): void {
  const id = readLinkId(req);
  if (id !== undefined) clearCookie(req, res, linkCookieName(id));
}

/** The start of the token's hash identifies the link without revealing the token. */
function linkIdOf(token: string): string {
  return hashToken(token).toString('hex').slice(0, 16);
}

function linkCookieName(id: string): string {
  return `link-${id}`;
}
