import { profileRoutes } from '../../sign-in/profile.ts';

export const profile = profileRoutes();
