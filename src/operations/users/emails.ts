import type { Request } from 'express';
import { userEmailList } from '../../domain/email/email-list.ts';
import { readList } from '../../http/read-list.ts';
import { emailRoutes } from '../records/emails.ts';
import { userKind } from '../records/record-pages.ts';

export const userEmails = emailRoutes(userKind, userEmailList, (req, res) =>
  readList(req as Request, res, userEmailList, { record: req.params.id }),
);
