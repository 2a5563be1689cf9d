import type { Knex } from 'knex';
import { batchesOf } from '../../database/batches.ts';
import { newId } from '../../database/new-id.ts';
import { wakeAfterCommit, type Queue } from '../../database/queue.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { tokenExpiry } from '../token/one-time-token.ts';
import { markInvited } from '../user/user-access.ts';
import { emailTemplate, type Audience, type TemplateName } from './email-templates.ts';

export const emailQueue: Queue<'emails'> = {
  table: 'emails',
  urgentColumn: 'is_urgent',
  leaseSeconds: 120,
};

export interface NewEmail {
  template: TemplateName;
  /** Omitted if an anonymous user entered the address: the worker looks up the user. */
  user_id?: string | null;
  audience: Audience;
  to_address: string;
  /** Stored in clear text, so never a token. */
  variables?: Record<string, string>;
  requested_by?: string | null;
  resent_from?: string | null;
}

/** Returns the id. The worker sends or suppresses the email after the commit. */
export function queueEmail(db: TenantDb, email: NewEmail): string {
  const row = newRow(email);
  db.defer(db.insertStatement('emails', [row]));
  wakeAfterCommit(db, emailQueue);
  if (email.user_id) markFirstAccess(db, [email.user_id], email);
  return row.id;
}

/** Emails of one template that are due at the same time, with one statement for a thousand. */
export async function queueEmails(
  db: TenantDb,
  emails: readonly (NewEmail & { user_id: string })[],
  due_at: Knex.Raw<Date>,
): Promise<void> {
  const [first] = emails;
  if (!first) return;
  for (const batch of batchesOf(emails))
    await db.insertInto(
      'emails',
      batch.map((email) => ({ ...newRow(email), due_at })),
    );
  wakeAfterCommit(db, emailQueue);
  markFirstAccess(
    db,
    emails.map(({ user_id }) => user_id),
    first,
  );
}

function newRow(email: NewEmail) {
  const { template, audience, to_address } = email;
  if (!emailTemplate(template).audiences.includes(audience)) {
    throw new Error(`There is no ${template} email for ${audience}`);
  }
  const id = newId();
  return {
    id,
    template,
    audience,
    to_address,
    user_id: email.user_id ?? null,
    variables: JSON.stringify(email.variables ?? {}),
    requested_by: email.requested_by ?? null,
    resent_from: email.resent_from ?? null,
    is_urgent: isUrgent(email),
    // The worker appends the domain at the first attempt.
    message_id: id,
  };
}

/** A person waits for a link that is not an invitation, and for what they asked for without being logged in. */
function isUrgent({ template, audience, user_id }: NewEmail): boolean {
  const { token, first_access } = emailTemplate(template);
  return !user_id || (token !== null && !first_access.includes(audience));
}

/** The id decides which staff may see the email. */
export function companyVariables({ id, name }: { id: string; name: string }) {
  return { company_id: id, company_name: name };
}

/** The worker replaces this expiry when it mints the token. */
function markFirstAccess(
  db: TenantDb,
  userIds: readonly string[],
  { template, audience }: Pick<NewEmail, 'template' | 'audience'>,
): void {
  const { first_access, token } = emailTemplate(template);
  if (!first_access.includes(audience)) return;
  markInvited(db, userIds, token && tokenExpiry(db, token));
}

export const MASKED_TOKEN = '••••••••';

/** Uses stored hosts only: the Host header of a request can be forged. */
export function emailLink(
  name: TemplateName,
  audience: Audience,
  tenant: Pick<Tenant, 'portal_origin' | 'operations_origin'>,
  token: string | null,
  path = emailTemplate(name).path[audience],
): string {
  const origin = audience === 'staff' ? tenant.operations_origin : tenant.portal_origin;
  const link = `${origin}${path}`;
  return token === null ? link : `${link}?token=${token}`;
}

export function maskLink(link: string): string {
  return link.replace(/token=.*$/, `token=${MASKED_TOKEN}`);
}
