import type { Knex } from 'knex';
import type { RowOf } from '../../database/columns.ts';
import { createdRange, manyOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import { parseEmailAddress } from '../text/email-address.ts';
import { cleanLine } from '../text/pasted-text.ts';
import { emailTemplates, type TemplateName } from './email-templates.ts';
import { recordedEmailStates, joinUser, listedEmailColumns } from './email-queries.ts';

export type ListedEmail = RowOf<typeof listedEmailColumns>;

export const emailList = list({
  from: 'emails as e',
  join: joinUser,
  columns: () => listedEmailColumns,
  // Ids are ordered by creation time.
  orders: { created: { columns: ['e.id'], fields: ['id'] } },
  defaultSort: '-created',
  filters: {
    state: manyOf(recordedEmailStates, 'e.state'),
    template: manyOf(Object.keys(emailTemplates) as TemplateName[], 'e.template'),
    created: createdRange('e.id'),
  },
  search: whereAddressBegins,
});

function whereAddressBegins(emails: Knex.QueryBuilder, q: string): void {
  const typed = cleanLine(q);
  const address = parseEmailAddress(typed) ?? typed.normalize('NFKC').toLowerCase();
  void emails.where('e.to_address', '>=', address).where('e.to_address', '<', `${address}\u{10ffff}`);
}
