import { oneLine } from './message.ts';

export interface SmtpFailure {
  is_final: boolean;
  reason: string;
  /** For the operator: what to change. */
  advice?: string;
}

const MESSAGE_COMMANDS = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

/** A refusal is final only when it is about this email: emails wait until a wrong SMTP password is corrected. */
export function smtpFailure(error: unknown): SmtpFailure {
  const { responseCode, response, command, code, message } = error as Record<string, unknown>;
  const status = Number(responseCode) || 0;
  if (isAboutEncryption(error)) return encryptionFailure(error);
  const detail = readable(response ?? message);
  if (status >= 500 && status !== 503 && MESSAGE_COMMANDS.has(String(command))) {
    return { is_final: true, reason: `The mail server refused it: ${detail}` };
  }
  if (status > 0) return { is_final: false, reason: `The mail server did not take it yet: ${detail}` };
  if (code === 'EABORT') return { is_final: false, reason: 'Sending took too long or was stopped' };
  return { is_final: false, reason: `The mail server could not be reached: ${detail}` };
}

/** No login and no mail was sent. What a server offers, or its certificate, can be put right: never final. */
function encryptionFailure(error: unknown): SmtpFailure {
  const { response, reason, message } = error as Record<string, unknown>;
  return {
    is_final: false,
    reason: `The connection to the mail server could not be encrypted: ${readable(response ?? reason ?? message)}`,
    advice: isAboutCertificate(error)
      ? 'Give the server a valid certificate for the host in SMTP_URL; NODE_EXTRA_CA_CERTS names a file of further authorities to trust.'
      : 'Use a server and port with STARTTLS (smtp://) or implicit TLS (smtps://) in SMTP_URL. SMTP_TLS=none sends passwords and links in clear text: only for a network you trust.',
  };
}

function isAboutEncryption(error: unknown): boolean {
  const { code, originalCode, command, message } = error as Record<string, unknown>;
  return (
    code === 'ETLS' ||
    command === 'STARTTLS' ||
    // The server refused EHLO, and after HELO there is no STARTTLS.
    (command === 'EHLO' && String(message).includes('required STARTTLS')) ||
    /^(ERR_SSL_|EPROTO$)/.test(String(originalCode)) ||
    isAboutCertificate(error)
  );
}

function isAboutCertificate(error: unknown): boolean {
  const { originalCode } = error as Record<string, unknown>;
  return /CERT|^UNABLE_TO_|^HOSTNAME_MISMATCH$/.test(String(originalCode));
}

/** Masks the token in case the server's response repeats the link. */
function readable(response: unknown): string {
  const text = typeof response === 'string' && response ? response : 'no answer';
  return oneLine(text).replace(/token=[\w-]+/g, 'token=••••••••');
}
