import type { Request, Response } from 'express';
import { z } from 'zod';
import { TooManyRequests } from '../errors.ts';
import { recordAudit } from '../domain/audit/record-audit.ts';
import { checkbox, email, password } from '../domain/form/fields.ts';
import { parseForm, refuse, type FieldError, type Form } from '../domain/form/parse-form.ts';
import {
  findCredentials,
  findTenantStatus,
  logIn,
  type Credentials,
} from '../domain/login-session/log-in.ts';
import { verifyPassword } from '../domain/password/hash-password.ts';
import { normalEmail } from '../domain/user/email-address.ts';
import { rememberSignIn, renewSession } from './begin-session.ts';
import { isKnownDevice, rememberDevice } from './known-device.ts';
import { ipPrefix } from './rate-limit.ts';
import { hashSid } from './session-store.ts';

const loginForm = z.object({
  username: email(),
  password: password('Enter your password'),
  remember: checkbox(),
});

type Attempt =
  | { ok: true; has_just_verified: boolean }
  /** `seconds`: to wait before the next try counts. */
  | { ok: false; status: number; form: Form; seconds?: number };

const QUARTER_HOUR = 15 * 60;

/**
 * One try to get in, the same for staff and customers: the same answers, statements and hashes for known and unknown
 * addresses. A right password is forgotten by the counters; nobody is ever locked out for long by a stranger.
 */
export async function attemptLogIn(req: Request, res: Response): Promise<Attempt> {
  const parsed = parseForm(loginForm, req.body);
  if (!parsed.ok) return { ...parsed, status: 422 };
  const { username, password, remember } = parsed.values;
  const address = normalEmail(username)!;
  const device = isKnownDevice(req, address) ? `device\n${address}` : `${address}\n${ipPrefix(req)}`;

  const seconds = await takeAttempt(req, device);
  if (seconds !== null) return { ...refused(req, tooMany(seconds), 429), seconds };

  const audience = req.portal.kind === 'account' ? 'customer' : 'staff';
  const [user, tenant] = await req.readTenant((db) => [
    findCredentials(db, audience, address),
    findTenantStatus(db),
  ]);
  const isRight = await verifyPassword(user?.password_hash, password);
  const problem = whyNot(user, isRight, tenant.rows[0]?.status, req);
  if (problem || !user) {
    await req.inTenant((db) => recordFailure(db, req, user, username));
    return refused(req, problem ?? wrong, 422);
  }

  await renewSession(req);
  const { session, has_just_verified } = await req.inTenant((db) =>
    logIn(db, req.actor, user, { sidHash: hashSid(req.sessionID), isRemembered: remember, password }),
  );
  rememberSignIn(req, res, session);
  rememberDevice(req, res, address);
  await req.throttle.forget('login', device);
  await req.throttle.giveBack('login-ip', ipPrefix(req));
  return { ok: true, has_just_verified };
}

/** Null when free to try, else the seconds to wait. */
async function takeAttempt(req: Request, device: string): Promise<number | null> {
  try {
    await req.throttle.take('login-ip', ipPrefix(req), { limit: 50, seconds: QUARTER_HOUR });
    await req.throttle.takeWithWait('login', device, { free: 10, seconds: QUARTER_HOUR, most: 60 });
    return null;
  } catch (error) {
    if (error instanceof TooManyRequests) return error.seconds;
    throw error;
  }
}

const wrong: FieldError = { text: 'Your email address or password is incorrect' };

function tooMany(seconds: number): FieldError {
  return {
    text: 'Too many attempts. Try again in {seconds} seconds, or reset your password.',
    params: { seconds },
  };
}

/** Only the right password is told more than that something was wrong. */
function whyNot(
  user: Credentials | undefined,
  isRight: boolean,
  tenantStatus: string | undefined,
  req: Request,
) {
  if (!user || !isRight) return wrong;
  const params = { tenant: req.tenant.name };
  if (user.status === 'disabled') return { text: 'Your account is disabled. Contact {tenant}.', params };
  if (tenantStatus !== 'active')
    return { text: '{tenant} has closed this portal for now. Contact {tenant}.', params };
  return null;
}

function refused(req: Request, error: FieldError, status: number): Extract<Attempt, { ok: false }> {
  return { ...refuse(req.body, { username: error }), status };
}

async function recordFailure(
  db: Parameters<Parameters<Request['inTenant']>[0]>[0],
  req: Request,
  user: Credentials | undefined,
  typed: string,
): Promise<void> {
  await recordAudit(db, req.actor, {
    event: 'user.login_failed',
    outcome: 'failure',
    // An address that nobody has may be a password typed into the wrong field: it is not kept.
    ...(user && { target: { type: 'user', id: user.id, name: user.name || typed } }),
  });
}
