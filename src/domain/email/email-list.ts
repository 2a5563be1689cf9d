import type { RowOf } from '../../database/columns.ts';
import { createdRange, id, manyOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import { prefixSearch } from '../search/find-ids.ts';
import { beginsWith } from '../search/matching-ids.ts';
import { parseEmailAddress } from '../text/email-address.ts';
import { cleanLine } from '../text/pasted-text.ts';
import { emailTemplates, type TemplateName } from './email-templates.ts';
import { recordedEmailStates, joinUser, listedEmailColumns } from './email-queries.ts';

export type ListedEmail = RowOf<typeof listedEmailColumns>;

const shared = {
  from: 'emails as e',
  join: joinUser,
  columns: () => listedEmailColumns,
  // Ids are ordered by creation time.
  orders: { created: { columns: ['e.id'], fields: ['id'] } },
  defaultSort: '-created',
} as const;

export const emailList = list({
  ...shared,
  filters: {
    state: manyOf(recordedEmailStates, 'e.state'),
    template: manyOf(Object.keys(emailTemplates) as TemplateName[], 'e.template'),
    created: createdRange('e.id'),
  },
  // Of one address, the latest.
  searchIds: prefixSearch('e.id', (db, q) => {
    const typed = cleanLine(q);
    const address = parseEmailAddress(typed) ?? typed.normalize('NFKC').toLowerCase();
    return beginsWith(db.visible('emails as e'), 'e.to_address', address)
      .orderBy('e.to_address', 'desc')
      .orderBy('e.id', 'desc');
  }),
});

/** The emails to one user. */
export const userEmailList = list({ ...shared, within: { record: id('e.user_id') } });

/** The emails that were sent for one company, to each of its customers. */
export const companyEmailList = list({ ...shared, within: { record: id('e.company_id') } });
