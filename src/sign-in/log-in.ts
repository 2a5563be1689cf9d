import type { Request, Response } from 'express';
import * as z from 'zod';
import type { TenantDb } from '../database/tenant-db.ts';
import { recordAudit } from '../domain/audit/record-audit.ts';
import { checkbox, email, password } from '../domain/form/fields.ts';
import type { ErrorDetails } from '../domain/form/parse-values.ts';
import {
  findCredentials,
  findTenantStatus,
  type Credentials,
} from '../domain/login-session/login-session-queries.ts';
import { hashPassword, needsRehash, verifyPassword } from '../domain/password/hash-password.ts';
import { userTarget } from '../domain/user/user.ts';
import { PortalClosed } from '../errors.ts';
import {
  consumeLoginAttempt,
  refuseLogin,
  rememberDevice,
  wrongCredentials,
  type RefusedLogin,
} from './login-throttle.ts';
import { audienceOf } from '../http/find-portal.ts';
import { parseForm, withErrors } from '../http/form.ts';
import { startSession } from './session.ts';

const staffForm = z.object({ username: email(), password: password() });
const customerForm = staffForm.extend({ remember: checkbox() });

type Attempt = { ok: true; user_id: string; has_just_verified: boolean } | RefusedLogin;

/** Responses, statements and hashes must be the same for known and unknown addresses. */
export async function attemptLogIn(req: Request, res: Response): Promise<Attempt> {
  const audience = audienceOf(req);
  const options = { others: ['next'] };
  const parsed =
    audience === 'customer'
      ? parseForm(customerForm, req.body, options)
      : parseForm(staffForm, req.body, options);
  if (!parsed.ok) return { ok: false, status: 422, form: withErrors(req.body, parsed) };
  const { username: address, password, remember } = { remember: false, ...parsed.values };
  const attempt = await consumeLoginAttempt(req, address, (limits) =>
    req.throttle.consumeWith(limits, (consumption) =>
      req.readTenant((db) => [
        findCredentials(db, audience, address),
        findTenantStatus(db),
        ...consumption(db),
      ]),
    ),
  );
  if (!attempt.ok) return attempt;
  const [user, tenantStatus] = attempt.result;
  if (tenantStatus !== 'active') throw new PortalClosed();
  const isCorrect = await verifyPassword(user?.password_hash, password);
  const error = loginError(user, isCorrect, req);
  if (error || !user) {
    await req.inTenant((db) => recordFailure(db, req, user));
    return refuseLogin(req, error ?? wrongCredentials);
  }

  // Before the transaction, because hashing may have to wait in a queue.
  const renewedHash = needsRehash(user.password_hash ?? '') ? await hashPassword(password) : undefined;
  const loggedIn = await startSession(req, res, user, {
    method: 'password',
    isRemembered: remember,
    renewedHash,
    released: attempt.released,
  });
  if (!loggedIn.ok) return refuseLogin(req, wrongCredentials);
  rememberDevice(req, res, attempt.person);
  return { ok: true, user_id: user.id, has_just_verified: loggedIn.has_just_verified };
}

/** Returns a specific reason only when the password was correct, so that accounts cannot be enumerated. */
function loginError(
  user: (Credentials & { is_blocked: boolean }) | undefined,
  isCorrect: boolean,
  req: Request,
): ErrorDetails | null {
  if (!user || !isCorrect) return wrongCredentials;
  if (user.status === 'disabled' || user.is_blocked)
    return { code: 'account_disabled', params: { tenant: req.tenant.name } };
  return null;
}

async function recordFailure(db: TenantDb, req: Request, user: Credentials | undefined): Promise<void> {
  recordAudit(db, req.actor, {
    event: 'user.login_failed',
    outcome: 'failure',
    // An unknown address is not recorded: it may be a password typed into the wrong field.
    ...(user && { target: userTarget(user) }),
  });
}
