import type { Request, Response } from 'express';
import { z } from 'zod';
import { email, password } from '../domain/form/fields.ts';
import { parseForm, type FieldError } from '../domain/form/parse-form.ts';
import {
  findOperatorCredentials,
  logInOperator,
  type OperatorCredentials,
} from '../domain/operator/operator-sign-in.ts';
import { recordPlatformEvent } from '../domain/operator/record-platform-event.ts';
import { verifyPassword } from '../domain/password/hash-password.ts';
import { renewSession } from './session.ts';
import { moveCsrfToSession } from '../http/csrf.ts';
import {
  forgiveLoginTries,
  refuseLogin,
  takeLoginTry,
  wrongLogin,
  type RefusedLogin,
} from './login-throttle.ts';

const loginForm = z.object({ username: email(), password: password('Enter your password') });

/** One try to get into the platform console; known and unknown addresses cost and answer the same. */
export async function attemptOperatorLogIn(
  req: Request,
  res: Response,
): Promise<{ ok: true } | RefusedLogin> {
  const parsed = parseForm(loginForm, req.body);
  if (!parsed.ok) return { ...parsed, status: 422 };
  const { username: address, password } = parsed.values;
  const taken = await takeLoginTry(req, address);
  if (!taken.ok) return taken;

  const operator = await req.asPlatform((db) => findOperatorCredentials(db, address));
  const isRight = await verifyPassword(operator?.password_hash, password);
  const problem = whyNot(operator, isRight);
  if (problem || !operator) {
    await req.asPlatform((db) => recordFailure(db, req, operator));
    return refuseLogin(req, problem ?? wrongLogin);
  }

  await renewSession(req);
  const signed_in_at = await req.asPlatform((db) => logInOperator(db, req.actor, operator, password));
  Object.assign(req.session, { operator_id: operator.id, signed_in_at, seen_at: Date.now() });
  moveCsrfToSession(req, res);
  await forgiveLoginTries(req, res, taken);
  return { ok: true };
}

/** Only the right password is told more than that something was wrong. */
function whyNot(operator: OperatorCredentials | undefined, isRight: boolean): FieldError | null {
  if (!operator || !isRight) return wrongLogin;
  return operator.status === 'disabled' ? { text: 'Your account is disabled. Ask another operator.' } : null;
}

async function recordFailure(
  db: Parameters<Parameters<Request['asPlatform']>[0]>[0],
  req: Request,
  operator: OperatorCredentials | undefined,
): Promise<void> {
  await recordPlatformEvent(db, req.actor, {
    event: 'operator.login_failed',
    outcome: 'failure',
    // An address that nobody has may be a password typed into the wrong field: it is not kept.
    ...(operator && { changes: { email: operator.email } }),
  });
}
