import { Router } from 'express';
import { MAX_COUNT } from '../../database/paginate.ts';
import { emailList } from '../../domain/email/email-list.ts';
import { recordedEmailStates } from '../../domain/email/email-queries.ts';
import { emailTemplate } from '../../domain/email/email-templates.ts';
import { may } from '../../http/guards.ts';
import { readList } from '../../http/read-list.ts';
import { emailBadges } from '../badges.ts';

export const emails = Router();

emails.get('/', may('emails.view'), async (req, res) => {
  const list = await readList(req, res, emailList);
  if (!list) return;
  const { query } = list;
  const [{ rows: fetched, count }] = await req.readTenant((db) => [emailList.counted(db, query, list.place)]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  res.page('operations/emails/list', {
    title: 'Emails',
    emails: rows.map((email) => ({
      ...email,
      template_label: emailTemplate(email.template).label,
      state_badge: emailBadges[email.state],
    })),
    count,
    max_count: MAX_COUNT,
    q: query.q,
    state_filter: query.filters.state ?? [],
    states: recordedEmailStates.map((value) => ({ value, label: emailBadges[value].text })),
    is_filtered: list.isFiltered,
    ...links,
  });
});
