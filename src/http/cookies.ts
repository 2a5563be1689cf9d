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
  { isSentCrossSite = false } = {},
): void {
  const expiresAt = Math.floor(Date.now() / 1000) + maxAgeSeconds;
  const payload = Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = [name, req.portal.host, expiresAt, payload].join('|');
  // Without escaping, the length of the header does not depend on the characters of the signature.
  const options = { signed: true, encode: String, maxAge: maxAgeSeconds * 1000 };
  // Browsers refuse SameSite=None without Secure.
  const sameSite = isSentCrossSite && req.isSecureHost ? 'none' : 'lax';
  const fullName = cookieName(name, req.isSecureHost);
  dropSetCookie(res, fullName);
  res.cookie(fullName, text, { ...cookieOptions(req), ...options, sameSite });
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

/** `name` includes the prefix. Also true for a cookie with a wrong signature. */
export function hasCookie(req: Request, name: string): boolean {
  return name in req.cookies || name in req.signedCookies;
}

export function receivedCookieNames(req: Request): string[] {
  const prefix = cookieName('', req.isSecureHost);
  return Object.keys({ ...(req.cookies as object), ...(req.signedCookies as object) })
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
}

/**
 * Keeps fewer than `limit` cookies with the prefix besides the added one: more would make the request headers too large
 * for some proxies. Cookies without a readable `opened_at` count as the oldest.
 */
export function dropOldestCookies(
  req: Request,
  res: Response,
  { prefix, added, limit }: { prefix: string; added: string; limit: number },
): void {
  const others = receivedCookieNames(req)
    .filter((name) => name.startsWith(prefix) && name !== added)
    .map((name) => ({ name, opened_at: readSignedCookie<{ opened_at: number }>(req, name)?.opened_at ?? 0 }))
    .sort((a, b) => b.opened_at - a.opened_at);
  for (const { name } of others.slice(limit - 1)) clearCookie(req, res, name);
}

/** Also drops a cookie of this name that the response sets. */
export function clearCookie(req: Request, res: Response, name: string): void {
  const fullName = cookieName(name, req.isSecureHost);
  dropSetCookie(res, fullName);
  res.clearCookie(fullName, cookieOptions(req));
}

/** Drops a cookie that the response sets. */
function dropSetCookie(res: Response, fullName: string): void {
  const others = [res.getHeader('Set-Cookie') ?? []]
    .flat()
    .filter((text) => !`${text}`.startsWith(`${fullName}=`));
  res.removeHeader('Set-Cookie');
  if (others.length > 0) res.setHeader('Set-Cookie', others.map(String));
}

function cookieOptions(req: Request): CookieOptions {
  return { httpOnly: true, secure: req.isSecureHost, sameSite: 'lax', path: '/' };
}
