import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { startMailbox } from '../support/mailbox.ts';
import { expectFailure, openCommandLine, runPortal, type CommandLine } from './command-line.ts';

describe('mail:test', () => {
  let cli: CommandLine;

  before(async () => {
    cli = await openCommandLine();
  });
  after(() => cli.close());

  it('sends an email through SMTP_URL, and keeps the email without SMTP_URL', async () => {
    const mailbox = await startMailbox();
    const sent = await runPortal({ ...cli.env, SMTP_URL: mailbox.url }, [
      'mail:test',
      '--to',
      'me@post.example',
      '--json',
    ]);
    expect(sent.json).to.include({ to: 'me@post.example', sent: true });
    await mailbox.close();
    const refused = await runPortal({ ...cli.env, SMTP_URL: mailbox.url }, [
      'mail:test',
      '--to',
      'me@post.example',
    ]);
    expectFailure(refused, /^The email was not accepted: The mail server could not be reached/);
    expect((await cli.run('mail:test', '--to', 'me@post.example', '--json')).json).to.include({
      sent: false,
    });
    expect(readdirSync(cli.folder, { recursive: true }).join(' ')).to.match(/mails?\//);
    expectFailure(await cli.run('mail:test', '--to', 'me'), /^--to: /);
  });

  it('refuses an address that continues as a URL', async () => {
    const result = await cli.run('mail:test', '--to', 'boss@firm.co/uk');
    expectFailure(result, /^--to: Enter an email address in the correct format/);
  });
});
