import { verifyEmailRoutes } from '../sign-in/verify-email.ts';

export const verifyEmail = verifyEmailRoutes({ audience: 'staff' });
