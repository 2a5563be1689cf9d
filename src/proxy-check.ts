import { createHmac, timingSafeEqual } from 'node:crypto';

export const PROXY_CHECK_PATH = '/proxyz';
export const PROXY_CHECK_HEADER = 'X-Proxy-Check';
const MAX_AGE_MS = 60_000;

/** What arrived of a request that passed the proxies in front. */
export interface ProxyCheck {
  host: string | null;
  x_forwarded_proto: string | null;
  /** How many addresses X-Forwarded-For has. */
  forwarded_addresses: number;
  client_address: string;
}

/** The value of PROXY_CHECK_HEADER. */
export function signProxyCheck(secretKey: string, at = Date.now()): string {
  return `${at}.${createHmac('sha256', secretKey).update(`proxy check ${at}`).digest('base64url')}`;
}

export function isSignedProxyCheck(value: string, secretKeys: readonly string[]): boolean {
  const at = Number(/^\d{1,15}(?=\.)/.exec(value)?.[0]);
  if (!(Math.abs(Date.now() - at) < MAX_AGE_MS)) return false;
  const given = Buffer.from(value);
  return secretKeys
    .map((key) => Buffer.from(signProxyCheck(key, at)))
    .some((signed) => signed.length === given.length && timingSafeEqual(signed, given));
}
