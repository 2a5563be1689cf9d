import { changeEmailRoutes } from '../../sign-in/change-email.ts';

export const email = changeEmailRoutes();
