import { emailRoutes } from '../records/emails.ts';
import { userKind } from '../records/record-pages.ts';

export const userEmails = emailRoutes(userKind);
