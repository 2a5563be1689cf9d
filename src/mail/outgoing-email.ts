export interface Mailbox {
  name: string;
  address: string;
}

/** A mail ready to leave. */
export interface OutgoingEmail {
  id: string;
  /** With its angle brackets; the same at every attempt. */
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
  /** Resolves when the mail server has taken the mail over. Throws what smtp-failure.ts can put into words. */
  send(email: OutgoingEmail, signal?: AbortSignal): Promise<void>;
  close(): void;
}

/** The message as nodemailer takes it: people as objects only, so that no name can add a recipient or a header. */
export function messageOf(email: OutgoingEmail) {
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
