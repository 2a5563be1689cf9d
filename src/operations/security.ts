import { securityRoutes } from '../sign-in/security.ts';

export const security = securityRoutes();
