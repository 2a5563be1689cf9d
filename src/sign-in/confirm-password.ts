import type { Request, Response } from 'express';
import { z } from 'zod';
import { TooManyRequests } from '../errors.ts';
import { recordAudit } from '../domain/audit/record-audit.ts';
import { password } from '../domain/form/fields.ts';
import { parseForm, refuse, type Form } from '../domain/form/parse-form.ts';
import { verifyPassword } from '../domain/password/hash-password.ts';
import { findPasswordHash } from '../domain/password/password-queries.ts';
import { personKey } from '../http/person-key.ts';
import type { Counter } from '../http/rate-limit.ts';

const currentPasswordForm = z.object({ current_password: password('Enter your current password') });

/**
 * Whether somebody signed in can also type their `current_password`: asked before what a found or borrowed device
 * must not do. Failures are slowed like those at login, per person. Sets the status of a refusal.
 */
export async function confirmPassword(
  req: Request,
  res: Response,
): Promise<{ ok: true } | { ok: false; form: Form }> {
  const parsed = parseForm(currentPasswordForm, req.body);
  if (!parsed.ok) return refusal(res, 422, refuse(req.body, parsed.form.errors).form);
  const { id, name, email } = req.user!;
  const counter: Counter = { purpose: 'current-password', person: personKey(req.portal, id) };
  const seconds = await takeAttempt(req, counter);
  if (seconds !== null) {
    res.set('Retry-After', String(seconds));
    const text = 'Too many attempts. Try again in {seconds} seconds.';
    return refusal(res, 429, refuse(req.body, { current_password: { text, params: { seconds } } }).form);
  }

  const [stored] = await req.readTenant((db) => [findPasswordHash(db, id)]);
  if (await verifyPassword(stored?.password_hash, parsed.values.current_password)) {
    await req.throttle.forget(counter);
    return { ok: true };
  }
  await req.inTenant((db) =>
    recordAudit(db, req.actor, {
      event: 'user.password_check_failed',
      outcome: 'failure',
      target: { type: 'user', id, name: name || email },
    }),
  );
  const text = 'Your current password is incorrect';
  return refusal(res, 422, refuse(req.body, { current_password: { text } }).form);
}

function refusal(res: Response, status: number, form: Form): { ok: false; form: Form } {
  res.status(status);
  return { ok: false, form };
}

/** Null when free to try, else the seconds to wait. */
async function takeAttempt(req: Request, counter: Counter): Promise<number | null> {
  try {
    await req.throttle.takeWithWait(counter, { free: 10, seconds: 15 * 60, most: 60 });
    return null;
  } catch (error) {
    if (error instanceof TooManyRequests) return error.seconds;
    throw error;
  }
}
