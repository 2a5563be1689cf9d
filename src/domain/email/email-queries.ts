import type { Knex } from 'knex';
import {
  column,
  nullable,
  pick,
  selectRow,
  selectRows,
  type Column,
  type RowOf,
} from '../../database/columns.ts';
import { countUpToMax, paginate, type Order, type PagePosition } from '../../database/paginate.ts';
import { tables, type Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { parseEmailAddress } from '../text/email-address.ts';
import type { TemplateName } from './email-templates.ts';

export const emailStates = tables.emails.state;
export type EmailState = Row<'emails'>['state'];

const listColumns = {
  ...pick('emails as e', 'id', 'audience', 'user_id', 'to_address', 'subject', 'state', 'reason'),
  ...pick('emails as e', 'attempts', 'created_at', 'accepted_at'),
  template: column('emails as e', 'template') as Column<TemplateName>,
  user_name: nullable(column('users as u', 'name')),
};

export type ListedEmail = RowOf<typeof listColumns>;

const columns = {
  ...listColumns,
  ...pick('emails as e', 'text', 'html', 'message_id', 'resent_from', 'requested_by', 'last_attempt_at'),
  /** Time of the next attempt; null in a terminal state. */
  due_at: column('emails as e', 'due_at'),
  variables: column('emails as e', 'variables') as Column<Record<string, string>>,
  requested_by_name: nullable(column('users as r', 'name')),
};

export type EmailDetail = RowOf<typeof columns>;

export interface EmailFilter {
  state?: EmailState | undefined;
  user_id?: string | undefined;
  to?: string | undefined;
}

export const emailOrders = { created: { columns: ['e.id'], fields: ['id'] } } as const;

/** Newest first, without a limit. */
export function listEmails(db: TenantDb, filter: EmailFilter = {}) {
  return selectRows(filterEmails(db, filter).orderBy('e.id', 'desc'), listColumns);
}

export function listEmailPage(
  db: TenantDb,
  filter: EmailFilter,
  order: Order,
  page: { place: PagePosition | null; size: number },
) {
  return paginate(selectRows(filterEmails(db, filter), listColumns), order, page);
}

export function countEmails(db: TenantDb, filter: EmailFilter) {
  return countUpToMax(db, filterEmails(db, filter));
}

export function findEmail(db: TenantDb, id: string) {
  const email = withUser(db)
    .leftJoin('users as r', { 'r.tenant_id': 'e.tenant_id', 'r.id': 'e.requested_by' })
    .where('e.id', id);
  return selectRow(email, columns);
}

function filterEmails(db: TenantDb, { state, user_id, to }: EmailFilter): Knex.QueryBuilder {
  const emails = withUser(db);
  if (state) void emails.where('e.state', state);
  if (user_id) void emails.where('e.user_id', user_id);
  if (to) {
    const address = parseEmailAddress(to) ?? to.normalize('NFKC').toLowerCase();
    void emails.where('e.to_address', '>=', address).where('e.to_address', '<', `${address}\u{10ffff}`);
  }
  return emails;
}

function withUser(db: TenantDb) {
  return db.from('emails as e').leftJoin('users as u', { 'u.tenant_id': 'e.tenant_id', 'u.id': 'e.user_id' });
}
