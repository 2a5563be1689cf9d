import cookieParser from 'cookie-parser';
import type { CookieOptions, Request, RequestHandler, Response } from 'express';

export function readCookies(secretKeys: string[]): RequestHandler[] {
  return [cookieParser(secretKeys), keepTextCookies];
}

/** cookie-parser turns unsigned values like `j:{}` into objects. */
const keepTextCookies: RequestHandler = (req, _res, next) => {
  const cookies = Object.entries(req.cookies as Record<string, unknown>);
  req.cookies = Object.fromEntries(cookies.filter(([, value]) => typeof value === 'string'));
  next();
};

/** Browsers also accept Secure cookies on plain http from `*.localhost`. */
export function isSecureHost(host: string, scheme: 'http' | 'https'): boolean {
  return scheme === 'https' || /(^|\.)localhost(:\d+)?$/.test(host);
}

export function cookieName(name: string, isSecure: boolean): string {
  return isSecure ? `__Host-${name}` : name;
}

/** Signed, not encrypted. Name, host and expiry are in the text because the signature covers nothing else. */
export function setSignedCookie(
  req: Request,
  res: Response,
  name: string,
  value: object,
  maxAgeSeconds: number,
): void {
  const expiresAt = Math.floor(Date.now() / 1000) + maxAgeSeconds;
  const payload = Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = [name, req.portal.host, expiresAt, payload].join('|');
  // Without escaping, the length of the header does not depend on the characters of the signature.
  const options = { signed: true, encode: String, maxAge: maxAgeSeconds * 1000 };
  res.cookie(cookieName(name, req.isSecureHost), text, { ...cookieOptions(req), ...options });
}

/** Returns undefined when the cookie is absent, altered, expired, or signed for another name or host. */
export function readSignedCookie<Value extends object>(req: Request, name: string): Value | undefined {
  const cookies = (req.signedCookies ?? {}) as Record<string, unknown>;
  const text = cookies[cookieName(name, req.isSecureHost)];
  if (typeof text !== 'string') return undefined;
  const [signedName, host, expiresAt, payload = ''] = text.split('|');
  const isValid = signedName === name && host === req.portal.host && Number(expiresAt) > Date.now() / 1000;
  return isValid ? (JSON.parse(Buffer.from(payload, 'base64url').toString()) as Value) : undefined;
}

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
