import { Router } from 'express';
import { anyone } from '../http/guards.ts';
import { activateByCode, hasActivationCode } from '../sign-in/activation-code.ts';
import { requestLink, showLinkForm, showLinkSent } from '../sign-in/request-link.ts';

const screen = {
  template: 'setPassword',
  audience: 'customer',
  path: '/account/activate',
  view: 'account/activate',
  sentView: 'account/activate-sent',
  title: 'Activate your account',
} as const;

export const activate = Router();
const submitAddress = requestLink(screen);
const submitCode = activateByCode(screen);

activate.get('/', anyone, showLinkForm(screen));

/** Of either form: the address of an invited customer, or the activation code that staff have handed over. */
activate.post('/', anyone, async (req, res) => {
  await (hasActivationCode(req) ? submitCode(req, res) : submitAddress(req, res));
});

activate.get('/sent', anyone, showLinkSent(screen));
