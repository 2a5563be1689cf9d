import { Router } from 'express';
import type { Form } from '../../domain/form/parse-form.ts';
import { hashPassword } from '../../domain/password/hash-password.ts';
import { changePassword } from '../../domain/password/password-actions.ts';
import { parseNewPassword } from '../../domain/password/password.ts';
import { flash } from '../../http/flash.ts';
import { signedIn } from '../../http/guards.ts';
import { seeOther } from '../../http/see-other.ts';
import { confirmPassword } from '../../sign-in/confirm-password.ts';
import { passwordRules, showProfile } from './show.ts';

export const password = Router();

password.post('/', signedIn, async (req, res) => {
  const confirmed = await confirmPassword(req, res);
  const parsed = parseNewPassword(req.body, passwordRules(req));
  if (!parsed.ok && confirmed.ok) res.status(422);
  if (!parsed.ok || !confirmed.ok) return showProfile(req, res, bothForms(confirmed, parsed));

  const user = req.user!;
  const passwordHash = await hashPassword(parsed.values.new_password);
  const loginSessionId = req.currentLogin!.login_session_id;
  await req.inTenant((db) => changePassword(db, req.actor, user, { passwordHash, loginSessionId }));
  flash(req, res, 'Your password is changed. All other devices are logged out.');
  await seeOther(req, res, '/account/profile');
});

function bothForms(...checked: ({ ok: true } | { ok: false; form: Form })[]): Form {
  const errors = checked.map((each) => (each.ok ? {} : each.form.errors));
  return { values: {}, errors: Object.assign({}, ...errors) as Form['errors'] };
}
