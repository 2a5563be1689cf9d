import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import {
  cleanToken,
  hashToken,
  MINUTES_OF_REPEATED_FORMS,
  tokenLifetimes,
  type OpenedToken,
  type TokenPurpose,
} from '../domain/token/one-time-token.ts';
import { BadRequest } from '../errors.ts';
import { dropOldestCookies, readSignedCookie, setSignedCookie } from '../http/cookies.ts';

const MAX_LINK_COOKIES = 5;
const LINK_ID = /^[0-9a-f]{16}$/;

interface LinkCookie extends OpenedToken {
  /** Milliseconds since 1970. */
  opened_at: number;
}

/** Keeps the token out of the history, logs and Referer. Returns whether the response is sent. */
export function storeTokenAndRedirect(req: Request, res: Response, ...purposes: TokenPurpose[]): boolean {
  const token = typeof req.query['token'] === 'string' ? cleanToken(req.query['token']) : '';
  if (token === '') return false;
  const browser_key = randomBytes(16).toString('base64url');
  const value: LinkCookie = { token, browser_key, opened_at: Date.now() };
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

/** Returns undefined when this browser has not opened the link. */
export function readOpenedToken(req: Request): OpenedToken | undefined {
  const { token, browser_key } = readLinkCookie(req)?.cookie ?? {};
  return token === undefined || browser_key === undefined ? undefined : { token, browser_key };
}

/** After its link was consumed. */
export function shortenLinkCookie(req: Request, res: Response): void {
  const link = readLinkCookie(req);
  if (link) setSignedCookie(req, res, linkCookieName(link.id), link.cookie, MINUTES_OF_REPEATED_FORMS * 60);
}

function readLinkCookie(req: Request): { id: string; cookie: LinkCookie } | undefined {
  const id = readLinkId(req);
  const cookie = id === undefined ? undefined : readSignedCookie<LinkCookie>(req, linkCookieName(id));
  return id === undefined || cookie === undefined ? undefined : { id, cookie };
}

/** The start of the token's hash identifies the link without revealing the token. */
function linkIdOf(token: string): string {
  return hashToken(token).toString('hex').slice(0, 16);
}

function linkCookieName(id: string): string {
  return `link-${id}`;
}
