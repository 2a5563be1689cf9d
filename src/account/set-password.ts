import { Router } from 'express';
import { anyone } from '../http/guards.ts';
import { savePassword, showPasswordForm } from '../sign-in/password-links.ts';
import { seeOther } from '../http/see-other.ts';

export const setPassword = Router();

const screen: Parameters<typeof savePassword>[0] = {
  purpose: 'set_password',
  view: 'account/set-password',
  title: 'Set your password',
  newLinkPath: '/account/activate',
  onSaved: (req, res) => seeOther(req, res, '/account/set-password/done'),
};

setPassword.get('/', anyone, showPasswordForm(screen));
setPassword.post('/', anyone, savePassword(screen));

setPassword.get('/done', anyone, (_req, res) => {
  res.page('account/set-password-done', { title: 'Your password is set', is_bare: true });
});
