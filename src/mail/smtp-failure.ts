import { oneLine } from './message.ts';

export interface SmtpFailure {
  is_final: boolean;
  reason: string;
}

const MESSAGE_COMMANDS = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

/** A refusal is final only when it is about this email: emails wait until a wrong SMTP password is corrected. */
export function smtpFailure(error: unknown): SmtpFailure {
  const { responseCode, response, command, code, message } = error as Record<string, unknown>;
  const status = Number(responseCode) || 0;
  const detail = readable(response ?? message);
  if (status >= 500 && status !== 503 && MESSAGE_COMMANDS.has(String(command))) {
    return { is_final: true, reason: `The mail server refused it: ${detail}` };
  }
  if (status > 0) return { is_final: false, reason: `The mail server did not take it yet: ${detail}` };
  if (code === 'EABORT') return { is_final: false, reason: 'Sending took too long or was stopped' };
  return { is_final: false, reason: `The mail server could not be reached: ${detail}` };
}

/** Masks the token in case the server's response repeats the link. */
function readable(response: unknown): string {
  const text = typeof response === 'string' && response ? response : 'no answer';
  return oneLine(text).replace(/token=[\w-]+/g, 'token=••••••••');
}
