import nodemailer from 'nodemailer';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import type { Config } from '../config.ts';
import { keepEmail } from './kept-emails.ts';
import { nodemailerMessage, type MailTransport } from './message.ts';

const SECOND = 1000;

/** To the mail server of SMTP_URL; without one, mails are kept as files for the dev inbox. */
export function openTransport(config: Config): MailTransport {
  return config.smtpUrl ? smtpTransport(config) : fileTransport(config.dataDir);
}

function smtpTransport(config: Config): MailTransport {
  const pool = nodemailer.createTransport({
    ...smtpOptions(config),
    pool: true,
    maxConnections: 4,
    idleTimeout: 20 * SECOND,
    // A mail whose connection broke waits its turn again in the outbox, where it is counted.
    maxRequeues: 0,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    send: async (email, signal) => {
      await pool.sendMail({ ...nodemailerMessage(email), ...(signal && { signal }) });
    },
    close: () => pool.close(),
  };
}

/** Keeps each message as a file of DATA_DIR. */
function fileTransport(dataDir: string): MailTransport {
  const writer = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
  return {
    send: async (email) => {
      const { message } = await writer.sendMail(nodemailerMessage(email));
      await keepEmail(dataDir, email, message as Buffer);
    },
    close: () => writer.close(),
  };
}

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
