import { Router, type Request } from 'express';
import { userEmailList } from '../../domain/email/email-list.ts';
import { countRecord } from '../../domain/record/record-counts.ts';
import { findRecord, namedRecord } from '../../domain/record/record.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { readList } from '../../http/read-list.ts';
import { emailColumns } from '../emails/list.ts';
import { contextOf, shownList } from '../list-display.ts';
import { recordFor, recordLocals, recordPath, userKind } from '../records/record-pages.ts';

export const userEmails = Router().param('id', idParam);

userEmails.get('/:id/emails', may('emails.view'), async (req: Request<{ id: string }>, res) => {
  const ref = recordFor(req, userKind);
  const list = await readList(req as Request, res, userEmailList, { user: ref.id });
  if (!list) return;
  const [row, counts, fetched] = await req.readTenant((db) => [
    findRecord(db, ref),
    countRecord(db, ref),
    userEmailList.rows(db, list.query, list.place),
  ]);
  const record = namedRecord(ref, row);
  const page = await list.page(fetched);
  if (!page) return;
  const display = {
    title: 'Emails',
    path: `${recordPath(ref)}/emails`,
    columns: emailColumns.filter(({ is_extra }) => !is_extra),
    noMatch: { heading: 'No emails match' },
    firstUse: { heading: 'No email has been sent to them.', icon: 'mail' },
  };
  res.page('operations/users/emails', {
    title: 'Emails to {name}',
    title_params: { name: record.name },
    ...recordLocals(req, record, counts),
    list: shownList(display, list, page, { context: contextOf(req as Request), loaded: null }),
  });
});
