import { timeZoneRoutes } from '../../sign-in/time-zone.ts';

export const profileTimeZone = timeZoneRoutes();
