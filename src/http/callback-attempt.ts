import { randomBytes } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { UnknownAttempt } from '../errors.ts';
import { clearCookie, dropOldestCookies, readSignedCookie, setSignedCookie } from './cookies.ts';

const ATTEMPT_SECONDS = 10 * 60;
const MAX_ATTEMPTS = 5;
const PREFIX = 'attempt-';
const STATE = /^[\w-]{43}$/;

/** What the callback needs again, for example the nonce and the code verifier of a single sign-on. */
export type AttemptData = Record<string, string>;

interface AttemptCookie {
  data: AttemptData;
  /** Milliseconds since 1970. */
  opened_at: number;
}

/**
 * Returns the state that the other site sends back in `state` (`RelayState` in SAML).
 * The cookie is SameSite=None because a form that another site submits carries no Lax cookie. Only this browser has both
 * the cookie and the state.
 */
export function startAttempt(req: Request, res: Response, purpose: string, data: AttemptData): string {
  const state = randomBytes(32).toString('base64url');
  const name = attemptCookieName(purpose, state);
  dropOldestCookies(req, res, { prefix: PREFIX, added: name, limit: MAX_ATTEMPTS });
  const value: AttemptCookie = { data, opened_at: Date.now() };
  setSignedCookie(req, res, name, value, ATTEMPT_SECONDS, { isSentCrossSite: true });
  return state;
}

/**
 * Deletes the cookie of the attempt. A copy of the cookie stays valid; the provider's one-time code stops replays.
 *
 * @throws {UnknownAttempt} when this browser has not started it for this purpose
 */
export function readAttempt(purpose: string): RequestHandler {
  return (req, res, next) => {
    const source = (req.method === 'POST' ? req.body : req.query) as Record<string, unknown> | undefined;
    const state = source?.['state'] ?? source?.['RelayState'];
    const name =
      typeof state === 'string' && STATE.test(state) ? attemptCookieName(purpose, state) : undefined;
    const attempt = name === undefined ? undefined : readSignedCookie<AttemptCookie>(req, name);
    if (name === undefined || !attempt) throw new UnknownAttempt();
    clearCookie(req, res, name);
    req.attempt = attempt.data;
    next();
  };
}

function attemptCookieName(purpose: string, state: string): string {
  return `${PREFIX}${purpose}-${state}`;
}

declare module 'express-serve-static-core' {
  interface Request {
    /** Only in callbacks. */
    attempt: AttemptData;
  }
}
