import { parseConnectionUrl } from 'nodemailer/lib/shared';
import type { Config } from '../config.ts';

const SECOND = 1000;

/** How every connection to the mail server is made. */
export function smtpOptions({ smtpUrl, smtpTls }: Pick<Config, 'smtpUrl' | 'smtpTls'>) {
  return {
    connectionTimeout: 10 * SECOND,
    greetingTimeout: 10 * SECOND,
    socketTimeout: 20 * SECOND,
    ...parseConnectionUrl(smtpUrl),
    // After the address: its query must not be able to switch encryption off.
    ...(smtpTls === 'required' && { requireTLS: true }),
    ...(smtpTls === 'none' && { ignoreTLS: true }),
  };
}
