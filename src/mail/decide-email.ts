import { tokenLifetimes } from '../domain/token/mint-token.ts';
import { parseEmailAddress, type EmailAddress } from '../domain/text/email-address.ts';
import { emailNamed, tokenPurpose, type EmailName } from '../domain/email/email-templates.ts';

/** A row of the outbox, as far as sending it goes. */
export interface EmailRow {
  id: string;
  template: EmailName;
  user_id: string | null;
  audience: 'customer' | 'staff';
  to_address: string;
  variables: Record<string, string>;
  attempts: number;
  due_at: Date;
  message_id: string;
  sealed_token: Buffer | null;
  token_expires_at: Date | null;
  created_at: Date;
  requested_by: string | null;
}

/** Whom a mail is for, as far as sending it goes. */
export interface Addressee {
  id: string;
  status: 'enabled' | 'disabled';
  access: string;
  email: string;
  email_norm: string;
  pending_email: string | null;
  email_verified_at: Date | null;
  first_name: string | null;
  name: string;
  locale: string | null;
  password_hash: string | null;
}

export interface Facts {
  row: EmailRow;
  tenant: { name: string; status: string };
  person: Addressee | undefined;
  /** Links this account was sent within the hour on requests like this one. */
  recent_links: number;
  /** The token of an earlier attempt: still good, or used or replaced meanwhile. */
  token: 'none' | 'alive' | 'dead';
}

export type Decision =
  | { kind: 'send'; template: EmailName; to_address: EmailAddress }
  | { kind: 'stop'; state: 'suppressed' | 'expired' | 'failed'; reason: string };

export const MOST_ATTEMPTS = 20;

/** Whether a mail goes out, which one, and to which address. A question of these facts alone. */
export function decideEmail({ row, tenant, person, recent_links, token }: Facts): Decision {
  if (tenant.status !== 'active') return suppress(`${tenant.name} is suspended`);
  if (!person) return suppress('Nobody here has this address');

  const isTyped = row.user_id === null;
  const template = answerTo(row, person);
  const refusal = refusalFor(row, template, person);
  if (refusal) return suppress(refusal);
  const limit = emailNamed(template).hourly_limit ?? Infinity;
  if (isTyped && recent_links >= limit) return suppress(`${inWords(limit)} links were sent within the hour`);
  if (token === 'dead') return suppress('Its link was used, or a newer one has taken its place');
  if (isTooLate(row, template)) {
    return { kind: 'stop', state: 'expired', reason: 'Its link expired before it could be sent' };
  }
  const to_address = parseEmailAddress(isTyped ? person.email : row.to_address);
  if (!to_address) return { kind: 'stop', state: 'failed', reason: 'This is not one email address' };
  return { kind: 'send', template, to_address };
}

/** Somebody who asks to be activated and already is learns that they have an account. */
function answerTo(row: EmailRow, person: Addressee): EmailName {
  const isActivation = row.template === 'setPassword' && row.variables['requested'] === 'activation';
  return isActivation && row.attempts === 0 && isActive(person) ? 'accountExists' : row.template;
}

function refusalFor(row: EmailRow, template: EmailName, person: Addressee): string | undefined {
  const { is_notice, invites } = emailNamed(template);
  // What happened to an account is told to its owner whatever state it is in, at the address it had.
  if (is_notice) return undefined;
  if (person.status === 'disabled') return 'The account is disabled';
  if (invites && isActive(person)) return 'The account is already active';
  // A way in that was taken back stays shut until staff open it again; a mail of theirs does.
  if (person.access === 'revoked' && (invites || row.user_id === null)) return 'The invitation was revoked';
  if (row.user_id === null) return undefined;

  const purpose = tokenPurpose(template, row.variables);
  if (purpose === 'verify_email' && person.email_verified_at) return 'The address is already confirmed';
  const current = purpose === 'change_email' ? person.pending_email : person.email;
  const isCurrent = parseEmailAddress(row.to_address) === parseEmailAddress(current ?? '');
  return isCurrent ? undefined : 'The address has changed';
}

/** A link that never left counts from the request: who asked yesterday does not want it today. */
function isTooLate(row: EmailRow, template: EmailName): boolean {
  const purpose = tokenPurpose(template, row.variables);
  if (!purpose) return false;
  const end = row.token_expires_at?.getTime() ?? row.created_at.getTime() + tokenLifetimes[purpose] * 1000;
  return end <= Date.now();
}

function isActive(person: Addressee): boolean {
  return person.password_hash !== null || person.access === 'active';
}

function suppress(reason: string): Decision {
  return { kind: 'stop', state: 'suppressed', reason };
}

function inWords(count: number): string {
  return ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six'][count] ?? String(count);
}
