import type { Request, Response } from 'express';
import * as z from 'zod';
import { recordAudit } from '../domain/audit/record-audit.ts';
import { password } from '../domain/form/fields.ts';
import { verifyPassword } from '../domain/password/hash-password.ts';
import { findPasswordHash } from '../domain/password/password-actions.ts';
import { userTarget } from '../domain/user/user.ts';
import { TooManyRequests } from '../errors.ts';
import { parseForm, withErrors, type Form } from '../http/form.ts';
import { personKey, type Counter } from '../http/rate-limit.ts';
import { tooManyAttempts } from './too-many-attempts.ts';

const currentPasswordForm = z.object({ current_password: password() });

/** `others` are the other fields of the form. Sets the status of the response when the password is refused. */
export async function confirmPassword(
  req: Request,
  res: Response,
  { others }: { others: readonly string[] },
): Promise<{ ok: true } | { ok: false; form: Form }> {
  const parsed = parseForm(currentPasswordForm, req.body, { others });
  if (!parsed.ok) return refused(res, 422, withErrors(req.body, parsed));
  const user = req.user!;
  const counter: Counter = { purpose: 'current-password', person: personKey(req.portal, user.id) };
  const attempt = await consumeAttempt(req, counter, user.id);
  if (!attempt.ok) {
    const { seconds } = attempt;
    res.set('Retry-After', String(seconds));
    const error = { field: 'current_password', ...tooManyAttempts(seconds) };
    return refused(res, 429, withErrors(req.body, { errors: [error] }));
  }

  if (await verifyPassword(attempt.password_hash, parsed.values.current_password)) {
    await req.throttle.reset(counter);
    return { ok: true };
  }
  await req.inTenant((db) =>
    recordAudit(db, req.actor, {
      event: 'user.password_check_failed',
      outcome: 'failure',
      target: userTarget(user),
    }),
  );
  const error = { field: 'current_password', code: 'wrong_password' } as const;
  return refused(res, 422, withErrors(req.body, { errors: [error] }));
}

function refused(res: Response, status: number, form: Form): { ok: false; form: Form } {
  res.status(status);
  return { ok: false, form };
}

/** Reads the password hash in the same round trip. `seconds` are those to wait. */
async function consumeAttempt(
  req: Request,
  counter: Counter,
  userId: string,
): Promise<{ ok: true; password_hash: string | null | undefined } | { ok: false; seconds: number }> {
  const limit = { counter, free: 10, seconds: 15 * 60, maxWait: 60 };
  try {
    const [stored] = await req.throttle.consumeWith([limit], (consumption) =>
      req.readTenant((db) => [findPasswordHash(db, userId), ...consumption(db)]),
    );
    return { ok: true, password_hash: stored?.password_hash };
  } catch (error) {
    if (error instanceof TooManyRequests) return { ok: false, seconds: error.seconds };
    throw error;
  }
}
