import * as z from 'zod';
import type { Config } from '../config.ts';
import { newId } from '../database/new-id.ts';
import { email } from '../domain/form/fields.ts';
import { parseValues } from '../domain/form/parse-values.ts';
import type { OutgoingEmail } from '../mail/message.ts';
import { probeSmtp, type SmtpProbe } from '../mail/probe-smtp.ts';
import { smtpFailure } from '../mail/smtp-failure.ts';
import { openTransport } from '../mail/transport.ts';
import { command, CommandFailed, invalidOptions } from './command.ts';

export const mailTest = command({
  options: { to: { type: 'string' } },
  required: ['to'],
  run: async ({ config, options, print }) => {
    const parsed = parseValues(z.object({ to: email() }), options);
    if (!parsed.ok) throw invalidOptions(parsed.errors);
    const { to } = parsed.values;
    const id = newId();
    const probe = await send(config, testEmail(id, to, config.mailFromDomain));
    const sent = probe !== undefined;
    const message_id = `<${id}@${config.mailFromDomain}>`;
    print({ to, message_id, sent, connection: probe?.connection ?? null }, resultLines(to, probe));
  },
});

/** @returns undefined when the email was kept for the dev inbox */
async function send(config: Config, email: OutgoingEmail): Promise<SmtpProbe | undefined> {
  const transport = openTransport(config);
  try {
    const probe = config.smtpUrl ? await probeSmtp(config) : undefined;
    await transport.send(email);
    return probe;
  } catch (error) {
    const { reason, advice } = smtpFailure(error);
    const sentences = [`The email was not accepted: ${reason}`, ...(advice ? [advice] : [])];
    throw new CommandFailed(sentences.join('. '), { cause: error });
  } finally {
    transport.close();
  }
}

function resultLines(to: string, probe: SmtpProbe | undefined): string[] {
  if (!probe) return [`SMTP_URL is not set: the email for ${to} was kept for the dev inbox.`];
  const { connection, advice } = probe;
  const lines = [`The mail server accepted an email for ${to}.`, `The connection: ${connection}.`];
  return advice ? [...lines, advice] : lines;
}

function testEmail(id: string, to: string, domain: string): OutgoingEmail {
  const body =
    'This is a test email from Portico. The portal can send emails. You do not need to do anything.';
  return {
    id,
    message_id: `<${id}@${domain}>`,
    locale: 'en',
    from: { name: 'Portico', address: `no-reply@${domain}` },
    to: { name: '', address: to },
    reply_to: null,
    subject: 'Test email from Portico',
    text: `${body}\n`,
    html: `<!doctype html><html lang="en"><title>Test email</title><p>${body}</p></html>`,
  };
}
