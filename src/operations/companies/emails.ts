import { emailRoutes } from '../records/emails.ts';
import { companyKind } from '../records/record-pages.ts';

export const companyEmails = emailRoutes(companyKind);
