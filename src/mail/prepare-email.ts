import type { Config } from '../config.ts';
import { leaseEnd, lockClaimed, type Claimed } from '../database/queue.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import { emailTemplate, tokenPurpose } from '../domain/email/email-templates.ts';
import { emailQueue } from '../domain/email/queue-email.ts';
import type { Tenant } from '../domain/tenant/tenant.ts';
import { mintToken, tokenLifetimes } from '../domain/token/one-time-token.ts';
import { markInvited } from '../domain/user/user-access.ts';
import { decideEmail, emailColumns, type EmailRow, type Recipient } from './decide-email.ts';
import {
  countRecentLinks,
  findInvitationVariables,
  findPreviousToken,
  findRecipient,
  loadTenant,
  withInvoiceTexts,
  type PreviousToken,
} from './email-facts.ts';
import { stopEmail } from './record-outcome.ts';
import { seal } from '../domain/token/seal.ts';

export interface PreparedEmail {
  row: EmailRow;
  tenant: Tenant;
  /** Undefined for an address of a company. */
  recipient: Recipient | undefined;
  token: string | null;
}

/** Returns undefined if the email is not to be sent. */
export async function prepareEmail(
  db: TenantDb,
  config: Config,
  claimed: Claimed,
): Promise<PreparedEmail | undefined> {
  const row = await lockClaimed(db, emailQueue, claimed, emailColumns(db));
  if (!row) return undefined;

  const tenant = await loadTenant(db, config);
  const recipient = await findRecipient(db, row);
  const isAnonymousRequest = recipient !== undefined && row.user_id === null;
  const recent_links = isAnonymousRequest ? await countRecentLinks(db, row, recipient.id) : 0;
  const previous = await findPreviousToken(db, config.secretKeys, row);
  const invitation =
    isAnonymousRequest && row.template === 'accountInvitation'
      ? await findInvitationVariables(db, recipient.id)
      : undefined;
  const facts = { row, tenant, recipient, recent_links, token: previous.state, invitation };
  const decision = decideEmail(facts);
  if (decision.kind === 'stop') {
    await stopEmail(db, row, recipient?.id ?? null, decision);
    return undefined;
  }
  const { template, to_address } = decision;
  const variables = await withInvoiceTexts(db, decision.variables);
  const decided = { ...row, template, variables, to_address, user_id: recipient?.id ?? null };
  const prepared = recipient ? await prepareToken(db, config, decided, recipient, previous) : noToken;
  const started = await startAttempt(db, config, decided, prepared);
  return started && { row: started, tenant, recipient, token: prepared.token };
}

interface PreparedToken {
  token: string | null;
  sealed_token: Buffer | null;
  token_expires_at: Date | null;
  token_seconds_left: number | null;
}

const noToken: PreparedToken = {
  token: null,
  sealed_token: null,
  token_expires_at: null,
  token_seconds_left: null,
};

async function prepareToken(
  db: TenantDb,
  config: Config,
  row: EmailRow,
  recipient: Recipient,
  previous: PreviousToken,
): Promise<PreparedToken> {
  const { sealed_token, token_expires_at, token_seconds_left } = row;
  const purpose = tokenPurpose(row.template, row.variables);
  if (!purpose) return noToken;
  if (previous.token) return { token: previous.token, sealed_token, token_expires_at, token_seconds_left };

  const sent_to = purpose === 'change_email' ? recipient.pending_email : recipient.email_norm;
  const minted = await mintToken(db, { user_id: recipient.id, purpose, sent_to: sent_to ?? '' });
  if (emailTemplate(row.template).first_access.includes(row.audience))
    markInvited(db, [recipient.id], minted.expires_at);
  return {
    token: minted.token,
    sealed_token: seal(config.secretKeys, row.id, minted.token),
    token_expires_at: minted.expires_at,
    token_seconds_left: tokenLifetimes[purpose],
  };
}

async function startAttempt(
  db: TenantDb,
  config: Config,
  row: EmailRow,
  { sealed_token, token_expires_at, token_seconds_left }: PreparedToken,
): Promise<EmailRow | undefined> {
  const { template, user_id, to_address, variables } = row;
  const [started] = await db
    .from('emails')
    .where({ id: row.id })
    .update({
      template,
      user_id,
      to_address,
      variables: JSON.stringify(variables),
      message_id: messageId(row, config),
      sealed_token,
      token_expires_at,
      attempts: row.attempts + 1,
      last_attempt_at: db.raw('now()'),
      due_at: db.raw(leaseEnd(emailQueue)),
    })
    .returning(['attempts', 'message_id', 'due_at']);
  return (
    started && {
      ...row,
      ...started,
      due_at: started.due_at!,
      sealed_token,
      token_expires_at,
      token_seconds_left,
    }
  );
}

/** Must not change after the first attempt, even if the domain changes. */
function messageId({ message_id }: EmailRow, { mailFromDomain }: Config): string {
  return message_id.includes('@') ? message_id : `<${message_id}@${mailFromDomain}>`;
}
