import { Router } from 'express';
import { hashPassword } from '../../domain/password/hash-password.ts';
import { changePassword } from '../../domain/password/password-actions.ts';
import { newPasswordSchema } from '../../domain/password/password.ts';
import { flash } from '../../http/flash.ts';
import { parseForm, withErrors } from '../../http/form.ts';
import { signedIn } from '../../http/guards.ts';
import { seeOther } from '../../http/see-other.ts';
import { confirmPassword } from '../../sign-in/confirm-password.ts';
import { renewSessionId } from '../../sign-in/session.ts';
import { passwordRules, showProfile } from './show.ts';

export const password = Router();

password.post('/', signedIn, async (req, res) => {
  const confirmed = await confirmPassword(req, res, { others: ['new_password'] });
  const parsed = parseForm(newPasswordSchema(passwordRules(req)), req.body, { others: ['current_password'] });
  if (!parsed.ok && confirmed.ok) res.status(422);
  if (!parsed.ok || !confirmed.ok) {
    const errors = {
      ...(!confirmed.ok && confirmed.form.errors),
      ...(!parsed.ok && withErrors({}, parsed).errors),
    };
    return showProfile(req, res, { values: {}, errors });
  }

  const user = req.user!;
  const passwordHash = await hashPassword(parsed.values.new_password);
  const loginSessionId = req.currentLogin!.login_session_id;
  await renewSessionId(req, res, (db) => {
    changePassword(db, req.actor, user, { passwordHash, loginSessionId });
    flash(req, res, 'Your password is changed. All other devices are logged out.');
  });
  await seeOther(req, res, '/account/profile');
});
