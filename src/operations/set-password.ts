import { Router } from 'express';
import { flash } from '../http/flash.ts';
import { anyone } from '../http/guards.ts';
import { savePassword, showPasswordForm } from '../sign-in/password-links.ts';
import { seeOther } from '../http/see-other.ts';
import { requestLinkRoutes } from '../sign-in/request-link.ts';

export const setPassword = Router();

const screen: Parameters<typeof savePassword>[0] = {
  purpose: 'set_password',
  view: 'operations/set-password',
  title: 'Set your password',
  newLinkPath: '/set-password/links',
  onSaved: async (req, res) => {
    flash(req, res, 'Your password is set. Log in with your new password.');
    await seeOther(req, res, '/login');
  },
};

setPassword.get('/', anyone, showPasswordForm(screen));
setPassword.post('/', anyone, savePassword(screen));

setPassword.use(
  '/links',
  requestLinkRoutes({
    template: 'setPassword',
    audience: 'staff',
    path: '/set-password/links',
    view: 'operations/new-link',
    sentView: 'operations/new-link-sent',
    title: 'Get a new link',
  }),
);
