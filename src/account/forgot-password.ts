import { forgotPasswordRoutes } from '../sign-in/forgot-password.ts';

export const forgotPassword = forgotPasswordRoutes({
  audience: 'customer',
  view: 'account/forgot-password',
  path: '/account/forgot-password',
});
