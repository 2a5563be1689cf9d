import type { Knex } from 'knex';
import { id } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import { joinAuthors, noteColumns } from './note-queries.ts';

const shared = {
  from: 'notes as n',
  join: (notes: Knex.QueryBuilder) => void joinAuthors(notes),
  where: (notes: Knex.QueryBuilder) => void notes.where('n.is_pinned', false),
  columns: () => noteColumns,
  // Ids are ordered by creation time.
  orders: { created: { columns: ['n.id'], fields: ['id'] } },
  defaultSort: '-created',
} as const;

/** The notes of a user or a company that are not pinned, by its id. */
export const noteLists = {
  user: list({ ...shared, within: { record: id('n.user_id') } }),
  company: list({ ...shared, within: { record: id('n.company_id') } }),
};
