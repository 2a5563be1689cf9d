import { Router } from 'express';
import { flash } from '../http/flash.ts';
import { anyone } from '../http/guards.ts';
import { savePassword, showPasswordForm } from '../sign-in/password-links.ts';
import { seeOther } from '../http/see-other.ts';

export const resetPassword = Router();

const screen: Parameters<typeof savePassword>[0] = {
  purpose: 'reset_password',
  view: 'account/reset-password',
  title: 'Create a new password',
  newLinkPath: '/account/forgot-password',
  onSaved: async (req, res) => {
    flash(req, res, 'Your password is set. Log in with your new password.');
    await seeOther(req, res, '/account/login');
  },
};

resetPassword.get('/', anyone, showPasswordForm(screen));
resetPassword.post('/', anyone, savePassword(screen));
