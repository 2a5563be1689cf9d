import { changeEmailRoutes } from '../../sign-in/change-email.ts';

export const profileEmail = changeEmailRoutes();
