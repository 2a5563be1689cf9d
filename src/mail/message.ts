import type { Config } from '../config.ts';
import { parseEmailAddress } from '../domain/text/email-address.ts';
import { truncate } from '../truncate.ts';
import type { PreparedEmail } from './prepare-email.ts';

const MAX_LINE_LENGTH = 200;

export interface Mailbox {
  name: string;
  address: string;
}

export interface OutgoingEmail {
  id: string;
  /** With angle brackets. The same at every attempt. */
  message_id: string;
  locale: string;
  from: Mailbox;
  to: Mailbox;
  reply_to: Mailbox | null;
  subject: string;
  text: string;
  html: string;
}

export interface MailTransport {
  /** Resolves when the mail server has accepted the email. @throws an error that `smtpFailure` understands */
  send(email: OutgoingEmail, signal?: AbortSignal): Promise<void>;
  close(): void;
}

export function messageHeaders(
  { row, tenant, recipient }: PreparedEmail,
  locale: string,
  config: Config,
): Omit<OutgoingEmail, 'subject' | 'text' | 'html'> {
  const reply_to = parseEmailAddress(tenant.reply_to ?? '');
  const name = oneLine(tenant.name);
  return {
    id: row.id,
    message_id: row.message_id,
    locale,
    from: { name, address: `no-reply@${config.mailFromDomain}` },
    to: { name: oneLine(recipient?.name ?? ''), address: row.to_address },
    reply_to: reply_to ? { name, address: reply_to } : null,
  };
}

/** Mailboxes are objects, because a name in a string could add a recipient or a header. */
export function nodemailerMessage(email: OutgoingEmail) {
  return {
    envelope: { from: email.from.address, to: [email.to.address] },
    from: email.from,
    to: email.to,
    ...(email.reply_to && { replyTo: email.reply_to }),
    subject: email.subject,
    text: email.text,
    html: email.html,
    messageId: email.message_id,
    xMailer: false as const,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'Content-Language': email.locale,
    },
  };
}

/** Removes line breaks, control characters and direction changes. Cuts long texts. */
export function oneLine(text: string): string {
  return subjectLine(text.replace(/[\u2066-\u2069]+/g, ' '));
}

/** Keeps the isolates around the parameters of a translated subject. */
export function subjectLine(text: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return truncate(line, MAX_LINE_LENGTH);
}
