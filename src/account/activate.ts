import { requestLinkRoutes } from '../sign-in/request-link.ts';

export const activate = requestLinkRoutes({
  template: 'setPassword',
  audience: 'customer',
  path: '/account/activate',
  view: 'account/activate',
  sentView: 'account/activate-sent',
  title: 'Activate your account',
});
