import type { Knex } from 'knex';
import { countUpToMax, paginate, type Order, type PagePosition } from '../../database/paginate.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { parseEmailAddress } from '../text/email-address.ts';
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

const listColumns = {
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
  to?: string | undefined;
}

export const emailOrders = { created: { columns: ['e.id'], fields: ['id'] } } as const;

/** Newest first, without a limit. */
export function listEmails(
  db: TenantDb,
  filter: EmailFilter = {},
): Knex.QueryBuilder<ListedEmail, ListedEmail[]> {
  const emails = filterEmails(db, filter).select(listColumns).orderBy('e.id', 'desc');
  return emails as unknown as Knex.QueryBuilder<ListedEmail, ListedEmail[]>;
}

export function listEmailPage(
  db: TenantDb,
  filter: EmailFilter,
  order: Order,
  page: { place: PagePosition | null; size: number },
): Knex.QueryBuilder<ListedEmail, ListedEmail[]> {
  const emails = paginate(filterEmails(db, filter).select(listColumns), order, page);
  return emails as unknown as Knex.QueryBuilder<ListedEmail, ListedEmail[]>;
}

export function countEmails(db: TenantDb, filter: EmailFilter) {
  return countUpToMax(db, filterEmails(db, filter));
}

export function findEmail(db: TenantDb, id: string): Knex.QueryBuilder<EmailDetail, EmailDetail | undefined> {
  return withUser(db)
    .leftJoin('users as r', { 'r.tenant_id': 'e.tenant_id', 'r.id': 'e.requested_by' })
    .where('e.id', id)
    .select({
      ...listColumns,
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
