import { Router, type Request, type Response } from 'express';
import * as z from 'zod';
import { password, text } from '../domain/form/fields.ts';
import type { FieldError } from '../domain/form/parse-values.ts';
import { OPERATOR_PASSWORD_MIN_LENGTH } from '../domain/operator/operator-actions.ts';
import { changeOperatorPassword, findOperatorCredentials } from '../domain/operator/operator-session.ts';
import { hashPassword, verifyPassword } from '../domain/password/hash-password.ts';
import { checkPassword } from '../domain/password/password.ts';
import { flash } from '../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../http/form.ts';
import { operator } from '../http/guards.ts';
import { ipPrefix, personKey, type Counter } from '../http/rate-limit.ts';
import { seeOther } from '../http/see-other.ts';
import { openOperatorSession } from '../sign-in/session.ts';
import { withErrors } from './form-errors.ts';

export const account = Router();

const passwordForm = z.object({
  current_password: password(),
  new_password: text(),
});

account.get('/', operator, (_req, res) => showForm(res, emptyForm));

account.post('/', operator, async (req, res) => {
  const parsed = parseForm(passwordForm, req.body);
  if (!parsed.ok) return showForm(res.status(422), withErrors(req.body, parsed));
  const { current_password, new_password } = parsed.values;
  const { id, email } = req.operator!;
  const person = personKey(req.portal, id);
  const counter: Counter = { purpose: 'current-password', person, ip: ipPrefix(req) };
  await req.throttle.consume({ counter, limit: 10, seconds: 15 * 60 });

  const stored = await req.asPlatform((db) => findOperatorCredentials(db, email));
  if (!(await verifyPassword(stored?.password_hash, current_password)))
    return showError(req, res, { field: 'current_password', code: 'wrong_password' });
  const names = { user: [email], companies: [] };
  const problem = await checkPassword(new_password, OPERATOR_PASSWORD_MIN_LENGTH, names);
  if (problem) return showError(req, res, { field: 'new_password', ...problem });

  const hash = await hashPassword(new_password);
  const signed_in_at = await req.asPlatform((db) => changeOperatorPassword(db, req.actor, id, hash));
  await openOperatorSession(req, res, { operator_id: id, signed_in_at });
  flash(req, res, 'Your password has been changed. All other devices have been logged out.');
  await seeOther(req, res, '/account');
});

function showError(req: Request, res: Response, error: FieldError): void {
  showForm(res.status(422), withErrors(req.body, { errors: [error] }));
}

function showForm(res: Response, form: Form): void {
  res.page('platform/account', { title: 'Your password', form, minimum: OPERATOR_PASSWORD_MIN_LENGTH });
}
