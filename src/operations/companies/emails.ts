import type { Request } from 'express';
import { companyEmailList } from '../../domain/email/email-list.ts';
import { readList } from '../../http/read-list.ts';
import { emailRoutes } from '../records/emails.ts';
import { companyKind } from '../records/record-pages.ts';

export const companyEmails = emailRoutes(companyKind, companyEmailList, (req, res) =>
  readList(req as Request, res, companyEmailList, { record: req.params.id }),
);
