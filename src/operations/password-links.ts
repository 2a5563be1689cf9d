import { Router } from 'express';
import { flash } from '../http/flash.ts';
import { anyone } from '../http/guards.ts';
import { savePassword, showPasswordForm } from '../sign-in/password-links.ts';
import { seeOther } from '../http/see-other.ts';

type Screen = Parameters<typeof savePassword>[0];

const onSaved: Screen['onSaved'] = async (req, res) => {
  flash(req, res, 'Your password is set. Log in with your new password.');
  await seeOther(req, res, '/login');
};

/** Behind the mail a member of staff asked for at "Forgot password?". */
export const resetPassword = passwordScreen({
  purpose: 'reset_password',
  view: 'operations/reset-password',
  title: 'Create a new password',
  onSaved,
});

/** Behind the first mail a member of staff gets. */
export const setPassword = passwordScreen({
  purpose: 'set_password',
  view: 'operations/set-password',
  title: 'Set your password',
  onSaved,
});

function passwordScreen(screen: Screen): Router {
  const routes = Router();
  routes.get('/', anyone, showPasswordForm(screen));
  routes.post('/', anyone, savePassword(screen));
  return routes;
}
