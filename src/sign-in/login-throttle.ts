import type { Request, Response } from 'express';
import { refuse, type FieldError, type Form } from '../domain/form/parse-form.ts';
import { TooManyRequests } from '../errors.ts';
import { isKnownDevice, rememberDevice } from './known-device.ts';
import { personKey, type PersonKey } from '../http/person-key.ts';
import { ipPrefix, type Counter } from '../http/rate-limit.ts';

export interface RefusedLogin {
  ok: false;
  status: number;
  form: Form;
  /** To wait before the next try counts. */
  seconds?: number;
}

export interface LoginTry {
  person: PersonKey;
  /** Known devices of a person have a counter of their own, and no other: failures of unknown devices do not slow them. */
  counter: Counter;
  isKnown: boolean;
}

const QUARTER_HOUR = 15 * 60;

/** The one text for an unknown address and a wrong password. */
export const wrongLogin: FieldError = { text: 'Your email address or password is incorrect' };

/** Counts a try before any work is done for it, so that parallel ones count, too. */
export async function takeLoginTry(
  req: Request,
  address: string,
): Promise<({ ok: true } & LoginTry) | RefusedLogin> {
  const person = personKey(req.portal, address);
  const ip = ipPrefix(req);
  const isKnown = isKnownDevice(req, person);
  const counter: Counter = isKnown
    ? { purpose: 'known-device-login', person }
    : { purpose: 'login', person, ip };
  try {
    if (!isKnown) await req.throttle.take({ purpose: 'login-ip', ip }, { limit: 50, seconds: QUARTER_HOUR });
    await req.throttle.takeWithWait(counter, { free: 10, seconds: QUARTER_HOUR, most: 60 });
    return { ok: true, person, counter, isKnown };
  } catch (error) {
    if (!(error instanceof TooManyRequests)) throw error;
    return { ...refuseLogin(req, tooMany(req, error.seconds), 429), seconds: error.seconds };
  }
}

export function refuseLogin(req: Request, error: FieldError, status = 422): RefusedLogin {
  return { ...refuse(req.body, { username: error }), status };
}

/** The try was a good one: it does not count, and the device is known from now on. */
export async function forgiveLoginTries(req: Request, res: Response, good: LoginTry): Promise<void> {
  rememberDevice(req, res, good.person);
  await req.throttle.forget(good.counter);
  if (!good.isKnown) await req.throttle.giveBack({ purpose: 'login-ip', ip: ipPrefix(req) });
}

function tooMany(req: Request, seconds: number): FieldError {
  const text =
    req.portal.kind === 'platform'
      ? 'Too many attempts. Try again in {seconds} seconds.'
      : 'Too many attempts. Try again in {seconds} seconds, or reset your password.';
  return { text, params: { seconds } };
}
