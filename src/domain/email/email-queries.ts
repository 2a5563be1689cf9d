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
import { tables, type Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { TemplateName } from './email-templates.ts';

export type EmailState = Row<'emails'>['state'];

/** The states that the portal records: what happens after a mail server has accepted an email is not known. */
export const recordedEmailStates: readonly EmailState[] = tables.emails.state.filter(
  (state) => state !== 'delivered' && state !== 'bounced',
);

export const listedEmailColumns = {
  ...pick('emails as e', 'id', 'audience', 'user_id', 'to_address', 'subject', 'state', 'reason'),
  ...pick('emails as e', 'attempts', 'created_at', 'accepted_at'),
  template: column('emails as e', 'template') as Column<TemplateName>,
  user_name: nullable(column('users as u', 'name')),
};

const columns = {
  ...listedEmailColumns,
  ...pick('emails as e', 'text', 'html', 'message_id', 'resent_from', 'requested_by', 'last_attempt_at'),
  /** Time of the next attempt; null in a terminal state. */
  due_at: column('emails as e', 'due_at'),
  variables: column('emails as e', 'variables') as Column<Record<string, string>>,
};

const detailColumns = (db: TenantDb) => ({
  ...columns,
  user_email: nullable(column('users as u', 'email')),
  requested_by_name: db.raw<string | null>("coalesce(nullif(r.name, ''), r.email)"),
});

export type EmailDetail = RowOf<ReturnType<typeof detailColumns>>;

const MAX_LATEST_EMAILS = 5;

/** Newest first. */
export function listLatestEmails(db: TenantDb, userId: string) {
  const emails = withUser(db).where('e.user_id', userId).orderBy('e.id', 'desc').limit(MAX_LATEST_EMAILS);
  return selectRows(emails, listedEmailColumns);
}

export function findEmail(db: TenantDb, id: string) {
  const email = withUser(db)
    .leftJoin('users as r', { 'r.tenant_id': 'e.tenant_id', 'r.id': 'e.requested_by' })
    .where('e.id', id);
  return selectRow(email, detailColumns(db));
}

function withUser(db: TenantDb): Knex.QueryBuilder {
  return joinUser(db.visible('emails as e'));
}

export function joinUser(emails: Knex.QueryBuilder): Knex.QueryBuilder {
  return emails.leftJoin('users as u', { 'u.tenant_id': 'e.tenant_id', 'u.id': 'e.user_id' });
}
