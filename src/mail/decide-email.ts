import { column, pick, type Column, type RowOf } from '../database/columns.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import { emailTemplate, tokenPurpose, type TemplateName } from '../domain/email/email-templates.ts';
import { isBlocked } from '../domain/membership/customer-context.ts';
import { parseEmailAddress, type EmailAddress } from '../domain/text/email-address.ts';
import { tokenLifetimes } from '../domain/token/one-time-token.ts';

export const emailColumns = (db: TenantDb) => ({
  ...pick('emails', 'id', 'user_id', 'audience', 'to_address', 'attempts', 'message_id', 'sealed_token'),
  ...pick('emails', 'token_expires_at', 'requested_by'),
  template: column('emails', 'template') as Column<TemplateName>,
  variables: column('emails', 'variables') as Column<Record<string, string>>,
  due_at: column('emails', 'due_at') as Column<Date>,
  seconds_since_request: db.raw<number>('extract(epoch from now() - emails.created_at)::float8'),
  /** Negative after the expiry; null without a token. */
  token_seconds_left: db.raw<number | null>(
    `extract(epoch from emails.token_expires_at - ${db.now})::float8`,
  ),
});

export type EmailRow = RowOf<ReturnType<typeof emailColumns>>;

export const recipientColumns = (db: TenantDb) => ({
  ...pick('users', 'id', 'status', 'access', 'email', 'email_norm', 'pending_email', 'email_verified_at'),
  ...pick('users', 'first_name', 'name', 'locale', 'password_hash'),
  is_blocked: isBlocked(db, 'users'),
});

export type Recipient = RowOf<ReturnType<typeof recipientColumns>>;

export interface EmailFacts {
  row: EmailRow;
  tenant: { name: string; status: string };
  recipient: Recipient | undefined;
  recent_links: number;
  /** The variables of the latest invitation, for an anonymous request of another one. */
  invitation: Record<string, string> | undefined;
  /** The token of the previous attempt; `invalid` if it has been used or revoked. */
  token: 'none' | 'valid' | 'invalid';
}

export type Decision =
  | { kind: 'send'; template: TemplateName; variables: EmailRow['variables']; to_address: EmailAddress }
  | { kind: 'stop'; state: 'suppressed' | 'expired' | 'failed'; reason: string };

export const MAX_ATTEMPTS = 20;

export function decideEmail({ row: queued, tenant, recipient, ...facts }: EmailFacts): Decision {
  if (tenant.status !== 'active') return suppress(`${tenant.name} is suspended`);
  if (emailTemplate(queued.template).is_billing) return sendToAddress(queued);
  if (!recipient) return suppress('No user has this address');

  const isAnonymousRequest = queued.user_id === null;
  const row = isAnonymousRequest ? chooseRequested(queued, recipient, facts.invitation) : queued;
  const template = effectiveTemplate(row, recipient);
  const reason = suppressionReason(row, template, recipient);
  if (reason) return suppress(reason);
  const limit = emailTemplate(template).hourly_limit ?? Infinity;
  if (isAnonymousRequest && facts.recent_links >= limit) {
    return suppress(`${spellNumber(limit)} links were sent within the hour`);
  }
  if (facts.token === 'invalid') return suppress('Its link has been used or replaced by a newer one');
  if (isLinkExpired(row, template)) {
    return { kind: 'stop', state: 'expired', reason: 'Its link expired before it could be sent' };
  }
  const address = isAnonymousRequest ? currentAddress(row, recipient) : row.to_address;
  return sendToAddress({ template, variables: row.variables, to_address: address });
}

function sendToAddress({
  template,
  variables,
  to_address: given,
}: Pick<EmailRow, 'template' | 'variables' | 'to_address'>): Decision {
  const to_address = parseEmailAddress(given);
  if (!to_address)
    return { kind: 'stop', state: 'failed', reason: 'The recipient is not a single email address' };
  return { kind: 'send', template, variables, to_address };
}

/** Only an invited user can be invited again, and only an address that waits for it can be confirmed. */
function chooseRequested(
  row: EmailRow,
  recipient: Recipient,
  invitation: EmailFacts['invitation'],
): EmailRow {
  if (row.template === 'accountInvitation')
    return invitation
      ? { ...row, variables: { ...row.variables, ...invitation } }
      : { ...row, template: 'setPassword' };
  const isTypedChange = parseEmailAddress(row.to_address) !== recipient.email_norm;
  const isChange =
    row.template === 'verifyEmail' &&
    recipient.pending_email !== null &&
    (isTypedChange || recipient.email_verified_at !== null);
  return isChange ? { ...row, variables: { purpose: 'change_email' } } : row;
}

function currentAddress(row: EmailRow, { email, pending_email }: Recipient): string {
  return tokenPurpose(row.template, row.variables) === 'change_email' ? (pending_email ?? '') : email;
}

function effectiveTemplate(row: EmailRow, recipient: Recipient): TemplateName {
  const isActivation = row.variables['requested'] === 'activation';
  return isActivation && row.attempts === 0 && isActive(recipient) ? 'accountExists' : row.template;
}

function suppressionReason(row: EmailRow, template: TemplateName, recipient: Recipient): string | undefined {
  const { is_notice, first_access } = emailTemplate(template);
  const isFirstAccess = first_access.includes(row.audience);
  if (is_notice) return undefined;
  if (recipient.status === 'disabled') return 'The account is disabled';
  if (recipient.is_blocked) return 'The company is blocked';
  if (isFirstAccess && isActive(recipient)) return 'The account is already active';
  // Only an email sent by staff gives access again after a revoked invitation.
  if (recipient.access === 'revoked' && (isFirstAccess || row.user_id === null))
    return 'The invitation was revoked';
  if (tokenPurpose(template, row.variables) === 'verify_email' && recipient.email_verified_at)
    return 'The address is already confirmed';
  if (row.user_id === null) return undefined;
  const isCurrent = parseEmailAddress(row.to_address) === parseEmailAddress(currentAddress(row, recipient));
  return isCurrent ? undefined : 'The address has changed';
}

/** Before the first attempt there is no token, and the lifetime begins with the request. */
function isLinkExpired(row: EmailRow, template: TemplateName): boolean {
  const purpose = tokenPurpose(template, row.variables);
  if (!purpose) return false;
  return (row.token_seconds_left ?? tokenLifetimes[purpose] - row.seconds_since_request) <= 0;
}

function isActive({ password_hash, access }: Recipient): boolean {
  return password_hash !== null || access === 'active';
}

function suppress(reason: string): Decision {
  return { kind: 'stop', state: 'suppressed', reason };
}

function spellNumber(count: number): string {
  return ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six'][count] ?? String(count);
}
