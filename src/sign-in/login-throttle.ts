import type { Request, Response } from 'express';
import { refuse, type FieldError, type Form } from '../domain/form/parse-form.ts';
import { TooManyRequests } from '../errors.ts';
import { isKnownDevice, rememberDevice } from './known-device.ts';
import { ipPrefix } from '../http/rate-limit.ts';

export interface RefusedLogin {
  ok: false;
  status: number;
  form: Form;
  /** To wait before the next try counts. */
  seconds?: number;
}

/** Where a try is counted: operators' addresses are not the tenants' people's. */
type Counter = 'login' | 'operator-login';

export interface LoginTry {
  counter: Counter;
  address: string;
  /** A device that signed in before has a counter of its own, and no other: a stranger's failures do not slow it. */
  device: string;
  isKnown: boolean;
}

const QUARTER_HOUR = 15 * 60;

/** The one text for an unknown address and a wrong password. */
export const wrongLogin: FieldError = { text: 'Your email address or password is incorrect' };

/** Counts a try before any work is done for it, so that parallel ones count, too. */
export async function takeLoginTry(
  req: Request,
  counter: Counter,
  address: string,
): Promise<({ ok: true } & LoginTry) | RefusedLogin> {
  const isKnown = isKnownDevice(req, address);
  const device = isKnown ? `device\n${address}` : `${address}\n${ipPrefix(req)}`;
  try {
    if (!isKnown) await req.throttle.take('login-ip', ipPrefix(req), { limit: 50, seconds: QUARTER_HOUR });
    await req.throttle.takeWithWait(counter, device, { free: 10, seconds: QUARTER_HOUR, most: 60 });
    return { ok: true, counter, address, device, isKnown };
  } catch (error) {
    if (!(error instanceof TooManyRequests)) throw error;
    return { ...refuseLogin(req, tooMany(counter, error.seconds), 429), seconds: error.seconds };
  }
}

export function refuseLogin(req: Request, error: FieldError, status = 422): RefusedLogin {
  return { ...refuse(req.body, { username: error }), status };
}

/** The try was a good one: it does not count, and the device is known from now on. */
export async function forgiveLoginTries(req: Request, res: Response, good: LoginTry): Promise<void> {
  rememberDevice(req, res, good.address);
  await req.throttle.forget(good.counter, good.device);
  if (!good.isKnown) await req.throttle.giveBack('login-ip', ipPrefix(req));
}

function tooMany(counter: Counter, seconds: number): FieldError {
  const text =
    counter === 'login'
      ? 'Too many attempts. Try again in {seconds} seconds, or reset your password.'
      : 'Too many attempts. Try again in {seconds} seconds.';
  return { text, params: { seconds } };
}
