import nodemailer from 'nodemailer';
import type { Config } from '../../config.ts';
import { check, type Finding } from './check.ts';

const PATIENCE_MS = 5_000;

/** Connects and signs in; sends nothing. */
export function checkMail({ smtpUrl }: Config): Promise<Finding> {
  return check('Mail', 'Correct SMTP_URL, then try: npm run portal -- mail:test --to you@…', async () => {
    if (!smtpUrl) return 'SMTP_URL is not set: mails are kept for the dev inbox';
    const transport = nodemailer.createTransport({
      url: smtpUrl,
      connectionTimeout: PATIENCE_MS,
      greetingTimeout: PATIENCE_MS,
      socketTimeout: PATIENCE_MS,
    });
    await transport.verify();
    transport.close();
    return `${new URL(smtpUrl).host} lets us in`;
  });
}
