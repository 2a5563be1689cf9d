import { Router, type Response } from 'express';
import { z } from 'zod';
import { password } from '../domain/form/fields.ts';
import { emptyForm, parseForm, refuse, type Form } from '../domain/form/parse-form.ts';
import { OPERATOR_MINIMUM } from '../domain/operator/operator-actions.ts';
import { changeOperatorPassword, findOperatorCredentials } from '../domain/operator/operator-sign-in.ts';
import { hashPassword, verifyPassword } from '../domain/password/hash-password.ts';
import { checkPassword } from '../domain/password/password-policy.ts';
import { flash } from '../http/flash.ts';
import { operator } from '../http/guards.ts';
import { personKey } from '../http/person-key.ts';
import { ipPrefix } from '../http/rate-limit.ts';
import { seeOther } from '../http/see-other.ts';

/** The operator's own: a new password. */
export const account = Router();

const passwordForm = z.object({
  current_password: password('Enter your current password'),
  new_password: z.string(),
});

account.get('/', operator, (_req, res) => showForm(res, emptyForm));

account.post('/', operator, async (req, res) => {
  const parsed = parseForm(passwordForm, req.body);
  if (!parsed.ok) return showForm(res.status(422), parsed.form);
  const { current_password, new_password } = parsed.values;
  const { id, email } = req.operator!;
  const person = personKey(req.portal, id);
  await req.throttle.take(
    { purpose: 'current-password', person, ip: ipPrefix(req) },
    { limit: 10, seconds: 15 * 60 },
  );

  const stored = await req.asPlatform((db) => findOperatorCredentials(db, email));
  if (!(await verifyPassword(stored?.password_hash, current_password)))
    return showForm(
      res.status(422),
      wrong(req.body, 'current_password', 'Your current password is incorrect'),
    );
  const problem = checkPassword(new_password, OPERATOR_MINIMUM, [email]);
  if (problem) return showForm(res.status(422), refuse(req.body, { new_password: problem }).form);

  const hash = await hashPassword(new_password);
  req.session.signed_in_at = await req.asPlatform((db) => changeOperatorPassword(db, req.actor, id, hash));
  flash(req, res, 'Your password has been changed. Your other sessions have ended.');
  await seeOther(req, res, '/account');
});

function wrong(body: unknown, field: string, text: string): Form {
  return refuse(body, { [field]: { text } }).form;
}

function showForm(res: Response, form: Form): void {
  res.page('platform/account', { title: 'Your password', form, minimum: OPERATOR_MINIMUM });
}
