import type { Config } from '../../config.ts';
import { probeSmtp } from '../../mail/probe-smtp.ts';
import { smtpFailure } from '../../mail/smtp-failure.ts';
import type { Finding } from './check.ts';

/** Connects and logs in; sends nothing. */
export async function checkMail(config: Config): Promise<Finding> {
  const about = 'Mail';
  if (!config.smtpUrl)
    return { about, ok: true, detail: 'SMTP_URL is not set: mails are kept for the dev inbox' };
  try {
    const { connection, advice } = await probeSmtp(config);
    const detail = `${new URL(config.smtpUrl).host} lets us in, ${connection}`;
    return { about, ok: true, detail, ...(advice && { fix: advice }) };
  } catch (error) {
    const { reason, advice } = smtpFailure(error);
    const fix = advice ?? 'Correct SMTP_URL, then try: npm run portal -- mail:test --to you@…';
    return { about, ok: false, detail: reason, fix };
  }
}
