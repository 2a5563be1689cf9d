import { historyRoutes } from '../records/history.ts';
import { userKind } from '../records/record-pages.ts';

export const userHistory = historyRoutes(userKind);
