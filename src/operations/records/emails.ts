import { Router, type Request } from 'express';
import { companyEmailList, userEmailList } from '../../domain/email/email-list.ts';
import { countRecord } from '../../domain/record/record-counts.ts';
import { findRecord, namedRecord } from '../../domain/record/record.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { readList } from '../../http/read-list.ts';
import { emailColumns } from '../emails/list.ts';
import { contextOf, shownList } from '../list-display.ts';
import { recordFor, recordLocals, recordPath, type RecordKind } from './record-pages.ts';

const lists = { user: userEmailList, company: companyEmailList };

const pages = {
  user: { title: 'Emails to {name}', none: 'No email has been sent to them.' },
  company: { title: 'Emails for {name}', none: 'No email has been sent for this company.' },
};

/** The emails to a user or for a company. */
export function emailRoutes(kind: RecordKind): Router {
  const { title, none } = pages[kind.type];
  const emailsOf = lists[kind.type] as typeof userEmailList;
  return Router()
    .param('id', idParam)
    .get('/:id/emails', may('emails.view'), async (req: Request<{ id: string }>, res) => {
      const ref = recordFor(req, kind);
      const within = { [kind.type]: ref.id } as { user: string };
      const list = await readList(req as Request, res, emailsOf, within);
      if (!list) return;
      const [row, counts, fetched] = await req.readTenant((db) => [
        findRecord(db, ref),
        countRecord(db, ref),
        emailsOf.rows(db, list.query, list.place),
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
