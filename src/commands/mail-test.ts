import { z } from 'zod';
import { newId } from '../database/new-id.ts';
import { email } from '../domain/form/fields.ts';
import { parseForm } from '../domain/form/parse-form.ts';
import { smtpFailure } from '../mail/smtp-failure.ts';
import { openTransport } from '../mail/transport.ts';
import { command, CommandFailed, invalidOptions } from './command.ts';

export const mailTest = command({
  options: { to: { type: 'string' } },
  required: ['to'],
  run: async ({ config, options, print }) => {
    const parsed = parseForm(z.object({ to: email('Enter an email address') }), options);
    if (!parsed.ok) throw invalidOptions(parsed.form);
    const { to } = parsed.values;
    const id = newId();
    const transport = openTransport(config);
    try {
      await transport.send(testMail(id, to, config.mailFromDomain));
    } catch (error) {
      throw new CommandFailed(`The mail was not accepted: ${smtpFailure(error).reason}`, { cause: error });
    } finally {
      transport.close();
    }
    const line = config.smtpUrl
      ? `The mail server took a mail for ${to}.`
      : `No SMTP_URL is set: the mail for ${to} was kept for the dev inbox.`;
    print({ to, message_id: `<${id}@${config.mailFromDomain}>`, sent: config.smtpUrl !== undefined }, line);
  },
});

function testMail(id: string, to: string, domain: string) {
  const words = 'This is a test mail of Portico. The portal can send: nothing needs to be done.';
  return {
    id,
    message_id: `<${id}@${domain}>`,
    locale: 'en',
    from: { name: 'Portico', address: `no-reply@${domain}` },
    to: { name: '', address: to },
    reply_to: null,
    subject: 'Test mail of Portico',
    text: `${words}\n`,
    html: `<!doctype html><html lang="en"><title>Test mail</title><p>${words}</p></html>`,
  };
}
