import { forgotPasswordRoutes } from '../sign-in/forgot-password.ts';

export const forgotPassword = forgotPasswordRoutes({
  audience: 'staff',
  view: 'operations/forgot-password',
  path: '/forgot-password',
});
