import { forgotPasswordRoutes } from '../sign-in/forgot-password.ts';

export const forgotPassword = forgotPasswordRoutes({
  audience: 'customer',
  formView: 'account/forgot-password',
  sentView: 'account/forgot-password-sent',
  sentPath: '/account/forgot-password/sent',
});
