import { createHmac, timingSafeEqual } from 'node:crypto';
import cookieParser from 'cookie-parser';
import type { Request, RequestHandler, Response } from 'express';

/** Cookies are text: the objects that the parser makes of values like `j:{}` would break who reads them. */
export const readCookies: RequestHandler[] = [
  cookieParser(),
  (req, _res, next) => {
    const cookies = Object.entries(req.cookies as Record<string, unknown>);
    req.cookies = Object.fromEntries(cookies.filter(([, value]) => typeof value === 'string'));
    next();
  },
];

/**
 * Whether a host's cookies carry Secure and the __Host- prefix: always, but for plain http on hosts that browsers do
 * not trust (`*.localhost` they do).
 */
export function isSecureHost(host: string, scheme: 'http' | 'https'): boolean {
  return scheme === 'https' || /(^|\.)localhost(:\d+)?$/.test(host);
}

export function cookieName(name: string, isSecure: boolean): string {
  return isSecure ? `__Host-${name}` : name;
}

/** A cookie whose value only we can have written; it says nothing in secret. */
export function setSignedCookie(
  req: Request,
  res: Response,
  name: string,
  value: object,
  maxAgeSeconds: number,
): void {
  const expiresAt = Math.floor(Date.now() / 1000) + maxAgeSeconds;
  const payload = Buffer.from(JSON.stringify({ ...value, expiresAt })).toString('base64url');
  const signature = sign(name, req.portal.host, payload, secretKeys(req)[0]!);
  res.cookie(cookieName(name, req.isSecureHost), `${payload}.${signature}`, {
    httpOnly: true,
    secure: req.isSecureHost,
    sameSite: 'lax',
    path: '/',
    maxAge: maxAgeSeconds * 1000,
  });
}

/** What was signed, or undefined when absent, altered, expired, or signed for another host or purpose. */
export function readSignedCookie<Value extends object>(req: Request, name: string): Value | undefined {
  const cookies = req.cookies as Record<string, unknown>;
  const text = cookies[cookieName(name, req.isSecureHost)];
  if (typeof text !== 'string') return undefined;
  const [payload = '', signature = ''] = text.split('.');
  const isOurs = secretKeys(req).some((key) => isSame(signature, sign(name, req.portal.host, payload, key)));
  if (!isOurs) return undefined;
  const value = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Value & { expiresAt: number };
  return value.expiresAt > Date.now() / 1000 ? value : undefined;
}

/** The names of the cookies that came with the request, as `setSignedCookie` takes them. */
export function receivedCookieNames(req: Request): string[] {
  const prefix = cookieName('', req.isSecureHost);
  return Object.keys(req.cookies as object)
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
}

export function clearCookie(req: Request, res: Response, name: string): void {
  res.clearCookie(cookieName(name, req.isSecureHost), {
    httpOnly: true,
    secure: req.isSecureHost,
    sameSite: 'lax',
    path: '/',
  });
}

function secretKeys(req: Request): readonly string[] {
  return req.app.get('secret keys') as string[];
}

function sign(name: string, host: string, payload: string, key: string): string {
  return createHmac('sha256', key).update(`cookie\n${name}\n${host}\n${payload}`).digest('base64url');
}

function isSame(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
