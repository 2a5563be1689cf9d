import { requestLinkRoutes } from '../sign-in/request-link.ts';

export const forgotPassword = requestLinkRoutes({
  template: 'resetPassword',
  audience: 'customer',
  path: '/account/forgot-password',
  view: 'account/forgot-password',
  sentView: 'account/forgot-password-sent',
  title: 'Forgot password?',
});
