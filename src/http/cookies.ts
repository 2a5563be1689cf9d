import cookieParser from 'cookie-parser';
import type { CookieOptions, Request, RequestHandler, Response } from 'express';

/** The first key signs cookies, all verify them. */
export function readCookies(secretKeys: string[]): RequestHandler[] {
  return [cookieParser(secretKeys), keepTextCookies];
}

/** The parser makes objects of unsigned values like `j:{}`; their readers expect text. */
const keepTextCookies: RequestHandler = (req, _res, next) => {
  const cookies = Object.entries(req.cookies as Record<string, unknown>);
  req.cookies = Object.fromEntries(cookies.filter(([, value]) => typeof value === 'string'));
  next();
};

/**
 * Whether a host's cookies carry Secure and the __Host- prefix: always, except for plain http on hosts that browsers do
 * not trust (they trust `*.localhost`).
 */
export function isSecureHost(host: string, scheme: 'http' | 'https'): boolean {
  return scheme === 'https' || /(^|\.)localhost(:\d+)?$/.test(host);
}

export function cookieName(name: string, isSecure: boolean): string {
  return isSecure ? `__Host-${name}` : name;
}

/** The signature of a cookie covers its value only: its name, host and expiry are therefore part of the value. */
interface SignedContent {
  name: string;
  host: string;
  /** Seconds since 1970. */
  expires_at: number;
  value: object;
}

/** The value is signed, not encrypted. */
export function setSignedCookie(
  req: Request,
  res: Response,
  name: string,
  value: object,
  maxAgeSeconds: number,
): void {
  const expires_at = Math.floor(Date.now() / 1000) + maxAgeSeconds;
  const content: SignedContent = { name, host: req.portal.host, expires_at, value };
  const options = { ...cookieOptions(req), signed: true, maxAge: maxAgeSeconds * 1000 };
  res.cookie(cookieName(name, req.isSecureHost), content, options);
}

/** Returns undefined when the cookie is absent, altered, expired, or signed for another name or host. */
export function readSignedCookie<Value extends object>(req: Request, name: string): Value | undefined {
  const cookies = (req.signedCookies ?? {}) as Record<string, SignedContent | string | false>;
  const content = cookies[cookieName(name, req.isSecureHost)];
  if (!content || typeof content === 'string') return undefined;
  const isMeant = content.name === name && content.host === req.portal.host;
  return isMeant && content.expires_at > Date.now() / 1000 ? (content.value as Value) : undefined;
}

/** The names of the request's cookies as `setSignedCookie` takes them, readable or not. */
export function receivedCookieNames(req: Request): string[] {
  const prefix = cookieName('', req.isSecureHost);
  return Object.keys({ ...(req.cookies as object), ...(req.signedCookies as object) })
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
}

export function clearCookie(req: Request, res: Response, name: string): void {
  res.clearCookie(cookieName(name, req.isSecureHost), cookieOptions(req));
}

function cookieOptions(req: Request): CookieOptions {
  return { httpOnly: true, secure: req.isSecureHost, sameSite: 'lax', path: '/' };
}
