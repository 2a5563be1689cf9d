import { oneLine } from './message.ts';

export interface SmtpFailure {
  /** Trying the same mail again would be refused again. */
  is_final: boolean;
  /** For staff to read. */
  reason: string;
}

const ABOUT_THIS_MAIL = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

/**
 * What a mail server's answer, or its silence, means for the mail. A refusal is final only when it is about this mail:
 * a wrong password of ours or a closed server is for the operator to mend, and the mails wait for it.
 */
export function smtpFailure(error: unknown): SmtpFailure {
  const { responseCode, response, command, code, message } = error as Record<string, unknown>;
  const status = Number(responseCode) || 0;
  const said = readable(response ?? message);
  if (status >= 500 && status !== 503 && ABOUT_THIS_MAIL.has(String(command))) {
    return { is_final: true, reason: `The mail server refused it: ${said}` };
  }
  if (status > 0) return { is_final: false, reason: `The mail server did not take it yet: ${said}` };
  if (code === 'EABORT') return { is_final: false, reason: 'Sending took too long or was stopped' };
  return { is_final: false, reason: `The mail server could not be reached: ${said}` };
}

/** Without the link, should the server repeat it in its answer. */
function readable(said: unknown): string {
  const text = typeof said === 'string' && said ? said : 'no answer';
  return oneLine(text).replace(/token=[\w-]+/g, 'token=••••••••');
}
