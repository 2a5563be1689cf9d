import type { Knex } from 'knex';
import type { Columns } from '../../database/list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { TemplateName } from './email-templates.ts';

export const emailStates = [
  'queued',
  'deferred',
  'accepted',
  'delivered',
  'bounced',
  'failed',
  'suppressed',
  'expired',
] as const;

export type EmailState = (typeof emailStates)[number];

export interface ListedEmail {
  id: string;
  template: TemplateName;
  audience: 'customer' | 'staff';
  user_id: string | null;
  user_name: string | null;
  to_address: string;
  subject: string | null;
  state: EmailState;
  reason: string | null;
  attempts: number;
  created_at: Date;
  accepted_at: Date | null;
}

export interface EmailDetail extends ListedEmail {
  text: string | null;
  html: string | null;
  message_id: string;
  variables: Record<string, string>;
  resent_from: string | null;
  requested_by: string | null;
  requested_by_name: string | null;
  last_attempt_at: Date | null;
  /** Time of the next attempt; null in a terminal state. */
  due_at: Date | null;
}

export const listedEmailColumns = {
  id: 'e.id',
  template: 'e.template',
  audience: 'e.audience',
  user_id: 'e.user_id',
  user_name: 'u.name',
  to_address: 'e.to_address',
  subject: 'e.subject',
  state: 'e.state',
  reason: 'e.reason',
  attempts: 'e.attempts',
  created_at: 'e.created_at',
  accepted_at: 'e.accepted_at',
} as const satisfies Columns<ListedEmail>;

const MAX_LATEST_EMAILS = 5;

/** Newest first. */
export function listLatestEmails(
  db: TenantDb,
  userId: string,
): Knex.QueryBuilder<ListedEmail, ListedEmail[]> {
  return withUser(db)
    .where('e.user_id', userId)
    .select(listedEmailColumns)
    .orderBy('e.id', 'desc')
    .limit(MAX_LATEST_EMAILS) as unknown as Knex.QueryBuilder<ListedEmail, ListedEmail[]>;
}

export function findEmail(db: TenantDb, id: string): Knex.QueryBuilder<EmailDetail, EmailDetail | undefined> {
  return withUser(db)
    .leftJoin('users as r', { 'r.tenant_id': 'e.tenant_id', 'r.id': 'e.requested_by' })
    .where('e.id', id)
    .select({
      ...listedEmailColumns,
      text: 'e.text',
      html: 'e.html',
      message_id: 'e.message_id',
      variables: 'e.variables',
      resent_from: 'e.resent_from',
      requested_by: 'e.requested_by',
      requested_by_name: 'r.name',
      last_attempt_at: 'e.last_attempt_at',
      due_at: 'e.due_at',
    })
    .first() as unknown as Knex.QueryBuilder<EmailDetail, EmailDetail | undefined>;
}

function withUser(db: TenantDb): Knex.QueryBuilder {
  return joinUser(db.from('emails as e'));
}

export function joinUser(emails: Knex.QueryBuilder): Knex.QueryBuilder {
  return emails.leftJoin('users as u', { 'u.tenant_id': 'e.tenant_id', 'u.id': 'e.user_id' });
}

/** `accepted` is not `ok`, because the email may still bounce. */
export function emailTone(state: EmailState): 'ok' | 'warn' | 'bad' | 'info' | 'plain' {
  if (state === 'delivered') return 'ok';
  if (state === 'bounced' || state === 'failed') return 'bad';
  if (state === 'deferred' || state === 'expired') return 'warn';
  return state === 'suppressed' ? 'plain' : 'info';
}
