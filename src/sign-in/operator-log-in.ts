import type { Request, Response } from 'express';
import * as z from 'zod';
import type { PlatformDb } from '../database/as-platform.ts';
import { email, password } from '../domain/form/fields.ts';
import type { ErrorDetails } from '../domain/form/parse-values.ts';
import { findOperatorCredentials, type OperatorCredentials } from '../domain/operator/operator-session.ts';
import { recordPlatformEvent } from '../domain/operator/record-platform-event.ts';
import { hashPassword, needsRehash, verifyPassword } from '../domain/password/hash-password.ts';
import {
  consumeLoginAttempt,
  refuseLogin,
  rememberDevice,
  wrongCredentials,
  type RefusedLogin,
} from './login-throttle.ts';
import { parseForm, withErrors } from '../http/form.ts';
import { startOperatorSession } from './session.ts';

const loginForm = z.object({ username: email(), password: password() });

/** Responses and hashes must be the same for known and unknown addresses. */
export async function attemptOperatorLogIn(
  req: Request,
  res: Response,
): Promise<{ ok: true } | RefusedLogin> {
  const parsed = parseForm(loginForm, req.body, { others: ['next'] });
  if (!parsed.ok) return { ok: false, status: 422, form: withErrors(req.body, parsed) };
  const { username: address, password } = parsed.values;
  const attempt = await consumeLoginAttempt(req, address, (limits) => req.throttle.consume(...limits));
  if (!attempt.ok) return attempt;

  const operator = await req.asPlatform((db) => findOperatorCredentials(db, address));
  const isCorrect = await verifyPassword(operator?.password_hash, password);
  const error = loginError(operator, isCorrect);
  if (error || !operator) {
    await req.asPlatform((db) => recordFailure(db, req, operator));
    return refuseLogin(req, error ?? wrongCredentials);
  }

  // Before the transaction, because hashing may have to wait in a queue.
  const renewedHash = needsRehash(operator.password_hash ?? '') ? await hashPassword(password) : undefined;
  await startOperatorSession(req, res, operator, { renewedHash, released: attempt.released });
  rememberDevice(req, res, attempt.person);
  return { ok: true };
}

/** Returns a specific reason only when the password was correct, so that accounts cannot be enumerated. */
function loginError(operator: OperatorCredentials | undefined, isCorrect: boolean): ErrorDetails | null {
  if (!operator || !isCorrect) return wrongCredentials;
  return operator.status === 'disabled' ? { code: 'operator_disabled' } : null;
}

async function recordFailure(
  db: PlatformDb,
  req: Request,
  operator: OperatorCredentials | undefined,
): Promise<void> {
  await recordPlatformEvent(db, req.actor, {
    event: 'operator.login_failed',
    outcome: 'failure',
    // An unknown address is not recorded: it may be a password typed into the wrong field.
    ...(operator && { changes: { email: operator.email } }),
  });
}
