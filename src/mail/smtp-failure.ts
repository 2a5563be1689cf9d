import { oneLine } from './message.ts';

export interface SmtpFailure {
  is_final: boolean;
  reason: string;
  advice?: string;
}

const MESSAGE_COMMANDS = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

/** Only a refusal of the message itself is final: emails wait until a wrong SMTP password is corrected. */
export function smtpFailure(error: unknown): SmtpFailure {
  const { responseCode, response, command, code, message } = error as Record<string, unknown>;
  const status = Number(responseCode) || 0;
  if (isEncryptionError(error)) return encryptionFailure(error);
  const detail = sanitizeResponse(response ?? message);
  if (status >= 500 && status !== 503 && MESSAGE_COMMANDS.has(String(command))) {
    return { is_final: true, reason: `The mail server rejected the email: ${detail}` };
  }
  if (status > 0) return { is_final: false, reason: `The mail server deferred the email: ${detail}` };
  if (code === 'EABORT') return { is_final: false, reason: 'Sending timed out or was stopped' };
  return { is_final: false, reason: `The mail server could not be reached: ${detail}` };
}

/** Never final, because the operator can correct the configuration or the certificate. */
function encryptionFailure(error: unknown): SmtpFailure {
  const { response, reason, message } = error as Record<string, unknown>;
  return {
    is_final: false,
    reason: `The connection to the mail server could not be encrypted: ${sanitizeResponse(response ?? reason ?? message)}`,
    advice: isCertificateError(error)
      ? 'Give the server a valid certificate for the host in SMTP_URL; NODE_EXTRA_CA_CERTS names a file of further authorities to trust.'
      : 'Use a server and port with STARTTLS (smtp://) or implicit TLS (smtps://) in SMTP_URL. SMTP_TLS=none sends passwords and links in clear text: only for a network you trust.',
  };
}

function isEncryptionError(error: unknown): boolean {
  const { code, originalCode, command, message } = error as Record<string, unknown>;
  return (
    code === 'ETLS' ||
    command === 'STARTTLS' ||
    // The server refused EHLO, without which it cannot offer STARTTLS.
    (command === 'EHLO' && String(message).includes('required STARTTLS')) ||
    /^(ERR_SSL_|EPROTO$)/.test(String(originalCode)) ||
    isCertificateError(error)
  );
}

function isCertificateError(error: unknown): boolean {
  const { originalCode } = error as Record<string, unknown>;
  return /CERT|^UNABLE_TO_|^HOSTNAME_MISMATCH$/.test(String(originalCode));
}

/** A server's response may repeat the link with its token. */
function sanitizeResponse(response: unknown): string {
  const text = typeof response === 'string' && response ? response : 'no answer';
  return oneLine(text).replace(/token=[\w-]+/g, 'token=••••••••');
}
