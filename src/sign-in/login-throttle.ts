import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { ErrorDetails } from '../domain/form/parse-values.ts';
import { TooManyRequests } from '../errors.ts';
import { readSignedCookie, setSignedCookie } from '../http/cookies.ts';
import { withErrors, type Form } from '../http/form.ts';
import {
  ipPrefix,
  personKey,
  type Counter,
  type Limit,
  type PersonKey,
  type ReleasedCounters,
} from '../http/rate-limit.ts';
import { errorTexts } from '../locales/error-texts.ts';
import { tooManyAttempts, tooManyLogins } from './too-many-attempts.ts';

export interface RefusedLogin {
  ok: false;
  status: number;
  form: Form;
  retryAfterSeconds?: number;
}

export interface LoginAttempt {
  person: PersonKey;
  /** Of a successful login. */
  released: ReleasedCounters;
}

const QUARTER_HOUR_SECONDS = 15 * 60;
const YEAR_SECONDS = 365 * 24 * 60 * 60;
const MAX_PEOPLE_PER_DEVICE = 5;

export const wrongCredentials: ErrorDetails = { code: 'wrong_credentials' };

/** @param consume rejects when one of the limits refuses the attempt */
export async function consumeLoginAttempt<Result>(
  req: Request,
  address: string,
  consume: (limits: readonly Limit[]) => Promise<Result>,
): Promise<({ ok: true; result: Result } & LoginAttempt) | RefusedLogin> {
  const person = personKey(req.portal, address);
  const { limits, released } = loginLimits(req, person);
  try {
    return { ok: true, result: await consume(limits), person, released };
  } catch (error) {
    if (!(error instanceof TooManyRequests)) throw error;
    const { seconds } = error;
    const refusal = req.portal.kind === 'platform' ? tooManyAttempts(seconds) : tooManyLogins(seconds);
    return { ...refuseLogin(req, refusal, 429), retryAfterSeconds: seconds };
  }
}

/** Known devices have their own counter, so that failures on unknown devices do not delay them. */
function loginLimits(
  req: Request,
  person: PersonKey,
): { limits: readonly Limit[]; released: ReleasedCounters } {
  const backoff = { free: 10, seconds: QUARTER_HOUR_SECONDS, maxWait: 60 };
  if (readKnownPeople(req).includes(shortHash(person))) {
    const counter: Counter = { purpose: 'known-device-login', person };
    return { limits: [{ counter, ...backoff }], released: { reset: counter } };
  }
  const ip = ipPrefix(req);
  const ofIp: Counter = { purpose: 'login-ip', ip };
  const ofPerson: Counter = { purpose: 'login', person, ip };
  return {
    limits: [
      { counter: ofIp, limit: 50, seconds: QUARTER_HOUR_SECONDS },
      { counter: ofPerson, ...backoff },
    ],
    released: { reset: ofPerson, refunded: ofIp },
  };
}

export function refuseLogin(req: Request, error: ErrorDetails, status = 422): RefusedLogin {
  const errors = [{ field: 'username', ...error }];
  const texts = errorTexts[req.portal.kind];
  return { ok: false, status, form: withErrors(req.body, { errors }, { texts }) };
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
