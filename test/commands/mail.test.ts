import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { trustingUrl } from '../support/mail-certificate.ts';
import { startMailbox, type Mailbox, type MailboxOptions } from '../support/mailbox.ts';
import { runPortal } from './command-line.ts';

describe('Mail server commands', () => {
  let database: TestDatabase;
  let env: Record<string, string>;
  let folder: string;
  const mailboxes: Mailbox[] = [];

  before(async () => {
    database = await createTestDatabase();
    folder = mkdtempSync(path.join(tmpdir(), 'portico-mail-commands-'));
    env = {
      DATABASE_URL: database.urls.app,
      DATABASE_OWNER_URL: database.urls.superuser,
      DATABASE_PLATFORM_URL: database.urls.platform,
      DATA_DIR: folder,
      SECRET_KEYS: 'a secret of the tests that is long enough',
    };
  });
  afterEach(() => Promise.all(mailboxes.splice(0).map((mailbox) => mailbox.close())));
  after(async () => {
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  async function openMailbox(options?: MailboxOptions): Promise<Mailbox> {
    const mailbox = await startMailbox(options);
    mailboxes.push(mailbox);
    return mailbox;
  }

  it('mail:test and doctor report the negotiated TLS version', async () => {
    for (const encryption of ['starttls', 'implicit'] as const) {
      const mailbox = await openMailbox({ encryption });
      const settings = { ...env, SMTP_URL: trustingUrl(mailbox.url), SMTP_TLS: 'required' };
      const test = await runPortal(settings, ['mail:test', '--to', 'me@post.example']);
      expect(test.out).to.equal(
        'The mail server accepted an email for me@post.example.\nThe connection: TLS 1.3.',
      );
      const json = await runPortal(settings, ['mail:test', '--to', 'me@post.example', '--json']);
      expect(json.json).to.include({ sent: true, connection: 'TLS 1.3' });
      expect(mailbox.messages.map((mail) => mail.is_encrypted)).to.deep.equal([true, true]);
      const doctor = await runPortal(settings, ['doctor']);
      expect(doctor.out).to.match(/^ok {4}Mail: 127\.0\.0\.1:\d+ accepts the connection, TLS 1\.3$/m);
    }
  });

  it('mail:test and doctor report a certificate that is not verified', async () => {
    const mailbox = await openMailbox({ encryption: 'starttls' });
    const SMTP_URL = `${mailbox.url}?tls.rejectUnauthorized=false`;
    const settings = { ...env, SMTP_URL, SMTP_TLS: 'required' };
    const test = await runPortal(settings, ['mail:test', '--to', 'me@post.example']);
    expect(test.out).to.match(/^The connection: TLS 1\.3, certificate not verified\.\nRemove /m);
    const { out } = await runPortal(settings, ['doctor']);
    expect(out).to.match(/^ok {4}Mail: .+, TLS 1\.3, certificate not verified\n {6}Remove /m);
  });

  it('mail:test and doctor report an unencrypted connection and how to encrypt the connection', async () => {
    const mailbox = await openMailbox();
    for (const SMTP_TLS of ['opportunistic', 'none']) {
      const settings = { ...env, SMTP_URL: mailbox.url, SMTP_TLS };
      const test = await runPortal(settings, ['mail:test', '--to', 'me@post.example']);
      expect(test.out).to.match(/^The connection: not encrypted\.\n.+SMTP_TLS=required/m);
      const json = await runPortal(settings, ['mail:test', '--to', 'me@post.example', '--json']);
      expect(json.json).to.include({ sent: true, connection: 'not encrypted' });
      const doctor = await runPortal(settings, ['doctor']);
      expect(doctor.code, doctor.out).to.equal(0);
      expect(doctor.out).to.match(/^ok {4}Mail: .+, not encrypted\n {6}.+SMTP_TLS=required/m);
    }
  });

  it('mail:test and doctor fail and print a fix when the server does not offer the required encryption', async () => {
    const mailbox = await openMailbox({ offersLogin: true });
    const SMTP_URL = mailbox.url.replace('://', '://portal:hunter2@');
    const settings = { ...env, SMTP_URL, SMTP_TLS: 'required' };
    const test = await runPortal(settings, ['mail:test', '--to', 'me@post.example']);
    expect(test).to.include({ code: 1, out: '' });
    expect(test.err).to.match(
      /^The email was not accepted: .*could not be encrypted: 5\d\d .*smtps:\/\/.*SMTP_TLS=none.+$/,
    );
    const doctor = await runPortal(settings, ['doctor']);
    expect(doctor.out).to.match(
      /^FAIL {2}Mail: .*could not be encrypted: 5\d\d .*\n {6}.*smtps:\/\/.*SMTP_TLS=none/m,
    );
    expect(doctor.err).to.equal('To fix: Mail.');
    expect(mailbox.logins).to.deep.equal([]);
    expect(mailbox.messages).to.deep.equal([]);
  });

  it('doctor fails and prints a fix when the certificate is not trusted', async () => {
    const mailbox = await openMailbox({ encryption: 'starttls' });
    const doctor = await runPortal({ ...env, SMTP_URL: mailbox.url }, ['doctor']);
    expect(doctor.out).to.match(/^FAIL {2}Mail: .*could not be encrypted: self.signed.*\n {6}.*certificate/m);
  });
});
