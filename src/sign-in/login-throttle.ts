import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { ErrorDetails } from '../domain/form/parse-values.ts';
import { TooManyRequests } from '../errors.ts';
import { readSignedCookie, setSignedCookie } from '../http/cookies.ts';
import { withErrors, type Form } from '../http/form.ts';
import { ipPrefix, personKey, type Counter, type PersonKey } from '../http/rate-limit.ts';
import { errorTexts } from '../locales/error-texts.ts';

export interface RefusedLogin {
  ok: false;
  status: number;
  form: Form;
  retryAfterSeconds?: number;
}

export interface LoginAttempt {
  person: PersonKey;
  /** Known devices have their own counter, so that failures on unknown devices do not delay them. */
  counter: Counter;
  isKnownDevice: boolean;
}

const QUARTER_HOUR_SECONDS = 15 * 60;
const YEAR_SECONDS = 365 * 24 * 60 * 60;
const MAX_PEOPLE_PER_DEVICE = 5;

export const wrongCredentials: ErrorDetails = { code: 'wrong_credentials' };

export async function consumeLoginAttempt(
  req: Request,
  address: string,
): Promise<({ ok: true } & LoginAttempt) | RefusedLogin> {
  const person = personKey(req.portal, address);
  const ip = ipPrefix(req);
  const isKnownDevice = readKnownPeople(req).includes(shortHash(person));
  const counter: Counter = isKnownDevice
    ? { purpose: 'known-device-login', person }
    : { purpose: 'login', person, ip };
  try {
    if (!isKnownDevice)
      await req.throttle.consume({ purpose: 'login-ip', ip }, { limit: 50, seconds: QUARTER_HOUR_SECONDS });
    await req.throttle.consumeWithBackoff(counter, { free: 10, seconds: QUARTER_HOUR_SECONDS, maxWait: 60 });
    return { ok: true, person, counter, isKnownDevice };
  } catch (error) {
    if (!(error instanceof TooManyRequests)) throw error;
    return {
      ...refuseLogin(req, tooManyAttempts(req, error.seconds), 429),
      retryAfterSeconds: error.seconds,
    };
  }
}

export function refuseLogin(req: Request, error: ErrorDetails, status = 422): RefusedLogin {
  const errors = [{ field: 'username', ...error }];
  const texts = errorTexts[req.portal.kind];
  return { ok: false, status, form: withErrors(req.body, { errors }, { texts }) };
}

export async function resetLoginThrottle(req: Request, res: Response, attempt: LoginAttempt): Promise<void> {
  rememberDevice(req, res, attempt.person);
  await req.throttle.reset(attempt.counter);
  if (!attempt.isKnownDevice) await req.throttle.refund({ purpose: 'login-ip', ip: ipPrefix(req) });
}

export function rememberDevice(req: Request, res: Response, person: PersonKey): void {
  const others = readKnownPeople(req).filter((known) => known !== shortHash(person));
  const known = [shortHash(person), ...others].slice(0, MAX_PEOPLE_PER_DEVICE);
  setSignedCookie(req, res, 'device', { known }, YEAR_SECONDS);
}

function readKnownPeople(req: Request): string[] {
  return readSignedCookie<{ known: string[] }>(req, 'device')?.known ?? [];
}

function shortHash(person: PersonKey): string {
  return createHash('sha256').update(person).digest('base64url').slice(0, 16);
}

function tooManyAttempts(req: Request, seconds: number): ErrorDetails {
  const params = { seconds };
  return req.portal.kind === 'platform'
    ? { code: 'too_many_attempts', params }
    : { code: 'too_many_logins', params };
}
