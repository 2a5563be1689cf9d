import { historyRoutes } from '../records/history.ts';
import { companyKind } from '../records/record-pages.ts';

export const companyHistory = historyRoutes(companyKind);
