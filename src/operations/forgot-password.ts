import { requestLinkRoutes } from '../sign-in/request-link.ts';

export const forgotPassword = requestLinkRoutes({
  template: 'resetPassword',
  audience: 'staff',
  path: '/forgot-password',
  view: 'operations/forgot-password',
  sentView: 'operations/forgot-password-sent',
  title: 'Forgot password?',
});
