import { Router } from 'express';
import { MAX_COUNT, pageOf } from '../../database/paginate.ts';
import {
  countEmails,
  emailOrders,
  emailStates,
  listEmailPage,
  type EmailState,
} from '../../domain/email/email-queries.ts';
import { emailTemplate } from '../../domain/email/email-templates.ts';
import { may } from '../../http/guards.ts';
import { readList } from '../../http/read-list.ts';
import { emailTone } from '../badges.ts';

export const emails = Router();

const isState = (value: string) => (emailStates as readonly string[]).includes(value);

emails.get('/', may('emails.view'), async (req, res) => {
  const listDefinition = { orders: emailOrders, sort: '-created', filters: { state: isState } };
  const list = readList(req, res, listDefinition);
  if (!list) return;
  const filter = { state: list.filters['state'] as EmailState | undefined, to: list.q };
  const [rows, count] = await req.readTenant((db) => [
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
    count,
    max_count: MAX_COUNT,
    q: list.q,
    state: filter.state ?? '',
    states: emailStates,
    is_filtered: list.isFiltered,
    ...list.pager(page),
  });
});
