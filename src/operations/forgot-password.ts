import { forgotPasswordRoutes } from '../sign-in/forgot-password.ts';

export const forgotPassword = forgotPasswordRoutes({
  audience: 'staff',
  formView: 'operations/forgot-password',
  sentView: 'operations/forgot-password-sent',
  sentPath: '/forgot-password/sent',
});
