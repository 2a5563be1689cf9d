import { Router } from 'express';
import { MOST_COUNTED, pageOf } from '../../database/paginate.ts';
import {
  countEmails,
  emailOrders,
  emailStates,
  listEmailPage,
  type EmailState,
  emailTone,
} from '../../domain/email/email-queries.ts';
import { emailTemplate } from '../../domain/email/email-templates.ts';
import { may } from '../../http/guards.ts';
import { readList } from '../../http/read-list.ts';

export const emails = Router();

const isState = (value: string) => (emailStates as readonly string[]).includes(value);

emails.get('/', may('emails.view'), async (req, res) => {
  const grammar = { orders: emailOrders, sort: '-created', filters: { state: isState } };
  const list = readList(req, res, grammar);
  if (!list) return;
  const filter = { state: list.filters['state'] as EmailState | undefined, to: list.q };
  const [rows, counted] = await req.readTenant((db) => [
    listEmailPage(db, filter, list.order, list),
    countEmails(db, filter),
  ]);
  const page = pageOf(rows, list.order, list);
  res.page('operations/emails/list', {
    title: 'Emails',
    emails: page.rows.map((email) => ({
      ...email,
      label: emailTemplate(email.template).label,
      state_tone: emailTone(email.state),
    })),
    count: counted.rows[0]!.count,
    max_counted: MOST_COUNTED,
    q: list.q,
    state: filter.state ?? '',
    states: emailStates,
    is_filtered: list.isFiltered,
    ...list.pager(page),
  });
});
