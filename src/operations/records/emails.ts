import { Router, type Request, type Response } from 'express';
import type { ListedEmail, userEmailList } from '../../domain/email/email-list.ts';
import { countRecord } from '../../domain/record/record-counts.ts';
import { findRecord, namedRecord } from '../../domain/record/record.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import type { RequestedList } from '../../http/read-list.ts';
import { emailColumns } from '../emails/list.ts';
import { contextOf, shownList } from '../list-display.ts';
import { recordFor, recordLocals, recordPath, type RecordKind } from './record-pages.ts';

type EmailList = typeof userEmailList;
type EmailsRequest = Request<{ id: string }>;

const pages = {
  user: { title: 'Emails to {name}', none: 'No email has been sent to them.' },
  company: { title: 'Emails for {name}', none: 'No email has been sent for this company.' },
};

/** Reads the parameters of the list. Null after a redirect. */
type OpenEmails = (
  req: EmailsRequest,
  res: Response,
) => Promise<RequestedList<ListedEmail, Parameters<EmailList['rows']>[1]> | null>;

/** The emails to a user or for a company. */
export function emailRoutes(kind: RecordKind, emails: EmailList, open: OpenEmails): Router {
  const { title, none } = pages[kind.type];
  return Router()
    .param('id', idParam)
    .get('/:id/emails', may('emails.view'), async (req: EmailsRequest, res) => {
      const ref = recordFor(req, kind);
      const list = await open(req, res);
      if (!list) return;
      const [row, counts, fetched] = await req.readTenant((db) => [
        findRecord(db, ref),
        countRecord(db, ref),
        emails.rows(db, list.query, list.place),
      ]);
      const record = namedRecord(ref, row);
      const page = await list.page(fetched);
      if (!page) return;
      const display = {
        title: 'Emails',
        path: `${recordPath(ref)}/emails`,
        columns: emailColumns.filter(({ is_extra }) => !is_extra),
        noMatch: { heading: 'No emails match' },
        firstUse: { heading: none, icon: 'mail' },
      };
      res.page('operations/records/emails', {
        title,
        title_params: { name: record.name },
        ...recordLocals(req, record, counts),
        list: shownList(display, list, page, { context: contextOf(req as Request), loaded: null }),
      });
    });
}
