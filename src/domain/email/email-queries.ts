import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { EmailName } from '../../mail/emails.ts';

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

/** A mail as the lists show it. */
export interface ListedEmail {
  id: string;
  template: EmailName;
  audience: 'customer' | 'staff';
  user_id: string | null;
  /** Null where nobody has the address. */
  user_name: string | null;
  to_address: string;
  subject: string | null;
  state: EmailState;
  reason: string | null;
  attempts: number;
  created_at: Date;
  accepted_at: Date | null;
}

/** And with its parts, links masked. */
export interface EmailDetail extends ListedEmail {
  text: string | null;
  html: string | null;
  message_id: string;
  variables: Record<string, string>;
  resent_from: string | null;
  requested_by: string | null;
  requested_by_name: string | null;
  last_attempt_at: Date | null;
  /** When it is tried next, while it is waiting. */
  due_at: Date | null;
}

const listed = {
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
};

export interface EmailFilter {
  state?: EmailState | undefined;
  user_id?: string | undefined;
}

/** Newest first; the caller adds its page's bounds on `e.id` and its limit. */
export function listEmails(
  db: TenantDb,
  { state, user_id }: EmailFilter = {},
): Knex.QueryBuilder<ListedEmail, ListedEmail[]> {
  const emails = withPerson(db).select(listed).orderBy('e.id', 'desc');
  if (state) void emails.where('e.state', state);
  if (user_id) void emails.where('e.user_id', user_id);
  return emails as unknown as Knex.QueryBuilder<ListedEmail, ListedEmail[]>;
}

export function findEmail(db: TenantDb, id: string): Knex.QueryBuilder<EmailDetail, EmailDetail | undefined> {
  return withPerson(db)
    .leftJoin('users as r', { 'r.tenant_id': 'e.tenant_id', 'r.id': 'e.requested_by' })
    .where('e.id', id)
    .select({
      ...listed,
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

function withPerson(db: TenantDb) {
  return db.from('emails as e').leftJoin('users as u', { 'u.tenant_id': 'e.tenant_id', 'u.id': 'e.user_id' });
}
