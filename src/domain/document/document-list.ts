import type { Knex } from 'knex';
import { id } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import { documentColumns, fileColumns, joinUploader } from './document-queries.ts';

const shared = {
  from: 'documents as d',
  join: (documents: Knex.QueryBuilder) => void joinUploader(documents),
  columns: () => documentColumns,
  // Ids are ordered by creation time.
  orders: { created: { columns: ['d.id'], fields: ['id'] } },
  defaultSort: '-created',
} as const;

/** The documents of a user or a company, by its id. */
export const documentLists = {
  user: list({ ...shared, within: { record: id('d.user_id') } }),
  company: list({ ...shared, within: { record: id('d.company_id') } }),
};

/** What the customer may read. What they have sent is not shown to them again. */
const own = {
  ...shared,
  join: () => undefined,
  where: (documents: Knex.QueryBuilder) =>
    void documents.where({ 'd.is_visible_to_customer': true, 'd.is_confidential': false }),
  columns: () => fileColumns,
} as const;

export const ownDocumentLists = {
  user: list({ ...own, within: { record: id('d.user_id') } }),
  company: list({ ...own, within: { record: id('d.company_id') } }),
};
