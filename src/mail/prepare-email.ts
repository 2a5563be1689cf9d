import type { Config } from '../config.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import type { Tenant } from '../domain/tenant/tenant.ts';
import { mintToken } from '../domain/token/one-time-token.ts';
import { markInvited } from '../domain/user/user-access.ts';
import { LEASE, lockClaimed, type ClaimedEmail } from './claim-emails.ts';
import { decideEmail, type Recipient, type EmailRow } from './decide-email.ts';
import {
  countRecentLinks,
  findRecipient,
  findPreviousToken,
  loadTenant,
  type PreviousToken,
} from './email-facts.ts';
import { emailTemplate, tokenPurpose } from '../domain/email/email-templates.ts';
import { stopEmail } from './record-outcome.ts';
import { sealToken } from './seal-token.ts';

/** A mail that goes out now: its row as it stands, and the token of its link. */
export interface PreparedEmail {
  /** The row is held until its due_at. */
  row: EmailRow;
  tenant: Tenant;
  recipient: Recipient;
  token: string | null;
}

/**
 * The part of a delivery that happens in the database before anything is sent: decides, makes the link at the first
 * attempt, counts the attempt. Undefined where nothing is to be sent.
 */
export async function prepareEmail(
  db: TenantDb,
  config: Config,
  claimed: ClaimedEmail,
): Promise<PreparedEmail | undefined> {
  const row = await lockClaimed<EmailRow>(db, claimed);
  if (!row) return undefined;

  const tenant = await loadTenant(db, config);
  const person = await findRecipient(db, row);
  const isTyped = person !== undefined && row.user_id === null;
  const recent_links = isTyped ? await countRecentLinks(db, row, person.id) : 0;
  const earlier = await findPreviousToken(db, config.secretKeys, row);
  const decision = decideEmail({ row, tenant, recipient, recent_links, token: earlier.state });
  if (decision.kind === 'stop' || !person) {
    await stopEmail(db, row, person?.id ?? null, decision);
    return undefined;
  }
  const { template, to_address } = decision;
  const link = await linkOf(db, config, { ...row, template, to_address }, person, earlier);
  const begun = await beginAttempt(db, config, { ...row, template, to_address, user_id: person.id }, link);
  return begun && { row: begun, tenant, recipient, token: link.token };
}

interface Link {
  token: string | null;
  sealed_token: Buffer | null;
  token_expires_at: Date | null;
}

async function linkOf(
  db: TenantDb,
  config: Config,
  row: EmailRow,
  person: Recipient,
  earlier: PreviousToken,
): Promise<Link> {
  const { sealed_token, token_expires_at } = row;
  const purpose = tokenPurpose(row.template, row.variables);
  if (!purpose) return { token: null, sealed_token: null, token_expires_at: null };
  if (earlier.token) return { token: earlier.token, sealed_token, token_expires_at };

  const sent_to = purpose === 'change_email' ? (person.pending_email ?? '') : person.email_norm;
  const minted = await mintToken(db, { user_id: person.id, purpose, sent_to });
  if (emailTemplate(row.template).is_first_access) await markInvited(db, person.id, minted.expires_at);
  return {
    token: minted.token,
    sealed_token: sealToken(config.secretKeys, row.id, minted.token),
    token_expires_at: minted.expires_at,
  };
}

async function beginAttempt(
  db: TenantDb,
  config: Config,
  row: EmailRow,
  { sealed_token, token_expires_at }: Link,
): Promise<EmailRow | undefined> {
  const { template, user_id, to_address } = row;
  const begun = await db
    .from('emails')
    .where({ id: row.id })
    .update({
      template,
      user_id,
      to_address,
      message_id: messageId(row, config),
      sealed_token,
      token_expires_at,
      attempts: row.attempts + 1,
      last_attempt_at: db.raw('now()'),
      due_at: db.raw(LEASE),
    })
    .returning('*');
  return (begun as EmailRow[])[0];
}

/** Completed at the first attempt, and the same ever after, whatever the domain is called by then. */
function messageId({ message_id }: EmailRow, { mailFromDomain }: Config): string {
  return message_id.includes('@') ? message_id : `<${message_id}@${mailFromDomain}>`;
}
