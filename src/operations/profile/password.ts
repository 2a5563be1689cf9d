import { passwordRoutes } from '../../sign-in/profile.ts';

export const password = passwordRoutes();
