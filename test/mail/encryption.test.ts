import { expect } from 'chai';
import type { Config } from '../../src/config.ts';
import { deliverDue } from '../../src/tasks/mail-worker.ts';
import { openTransport } from '../../src/mail/transport.ts';
import { trustingUrl } from '../support/mail-certificate.ts';
import { startMailbox, type Mailbox } from '../support/mailbox.ts';
import { startRecordingProxy, type RecordingProxy } from './recording-proxy.ts';
import { openOutbox, type Outbox } from './outbox.ts';

const PASSWORD = 'hunter2';

describe('SMTP transport', () => {
  let outbox: Outbox;
  let tenant: string;
  let plain: Mailbox;
  let starttls: Mailbox;
  let implicit: Mailbox;
  const proxies: RecordingProxy[] = [];

  before(async () => {
    outbox = await openOutbox();
    tenant = await outbox.createTenant();
    plain = await startMailbox({ encryption: 'none', offersLogin: true });
    starttls = await startMailbox({ encryption: 'starttls', offersLogin: true });
    implicit = await startMailbox({ encryption: 'implicit', offersLogin: true });
  });
  afterEach(async () => {
    await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
    for (const { logins, messages } of [plain, starttls, implicit]) {
      logins.length = 0;
      messages.length = 0;
    }
  });
  after(() => Promise.all([outbox, plain, starttls, implicit].map((each) => each.close())));

  async function startProxy(...parameters: Parameters<typeof startRecordingProxy>) {
    const proxy = await startRecordingProxy(...parameters);
    proxies.push(proxy);
    return proxy;
  }

  /** Makes one attempt to send an email with a one-time token. */
  async function attempt(url: string, smtpTls: Config['smtpTls']) {
    const { id: user_id, email } = await outbox.createUser(tenant);
    const id = await outbox.queue(tenant, { template: 'resetPassword', user_id, to_address: email });
    const smtpUrl = url.replace('://', `://portal:${PASSWORD}@`);
    const transport = openTransport({ ...outbox.config, smtpUrl, smtpTls });
    await deliverDue({ ...outbox, transport });
    transport.close();
    const row = await outbox.email(tenant, id);
    await outbox.sql('update app.emails set due_at = null where id = $1', [id]);
    return row;
  }

  const expectNothingSent = (mailbox: Mailbox) => {
    expect(mailbox.logins).to.deep.equal([]);
    expect(mailbox.messages).to.have.length(0);
  };
  const expectSent = (mailbox: Mailbox, { is_encrypted }: { is_encrypted: boolean }) => {
    expect(mailbox.logins).to.deep.equal([`portal:${PASSWORD}`]);
    expect(mailbox.messages.map((mail) => mail.is_encrypted)).to.deep.equal([is_encrypted]);
  };

  it('sends over STARTTLS to a server with a valid certificate when encryption is required', async () => {
    expect(await attempt(trustingUrl(starttls.url), 'required')).to.include({ state: 'accepted' });
    expectSent(starttls, { is_encrypted: true });
  });

  it('sends over implicit TLS to smtps:// when encryption is required', async () => {
    expect(await attempt(trustingUrl(implicit.url), 'required')).to.include({ state: 'accepted' });
    expectSent(implicit, { is_encrypted: true });
  });

  it('sends neither login nor message to a server without STARTTLS when encryption is required', async () => {
    const proxy = await startProxy(plain.url);
    const row = await attempt(proxy.url, 'required');
    expectNothingSent(plain);
    expectHandshakeOnly(proxy.received());

    expect(row).to.include({ state: 'deferred', attempts: 1 });
    expect(row.reason).to.match(/^The connection to the mail server could not be encrypted: 5\d\d /);
    expect(row.due_at).to.be.greaterThan(new Date());
    expect(row.sealed_token).to.be.instanceOf(Buffer);
  });

  it('sends a deferred email once the server offers STARTTLS', async () => {
    const { id: user_id, email } = await outbox.createUser(tenant);
    const id = await outbox.queue(tenant, { template: 'resetPassword', user_id, to_address: email });
    for (const smtpUrl of [plain.url, trustingUrl(starttls.url)]) {
      const transport = openTransport({ ...outbox.config, smtpUrl, smtpTls: 'required' });
      await outbox.makeDue(id);
      await deliverDue({ ...outbox, transport });
      transport.close();
    }
    expect(await outbox.email(tenant, id)).to.include({ state: 'accepted', attempts: 2 });
    expect(plain.messages).to.have.length(0);
    expect(starttls.messages.map((mail) => mail.is_encrypted)).to.deep.equal([true]);
  });

  for (const refuses of ['STARTTLS', 'EHLO'] as const) {
    it(`sends neither login nor message through a proxy that hides STARTTLS and refuses ${refuses}`, async () => {
      const proxy = await startProxy(starttls.url, { refuses });
      const row = await attempt(trustingUrl(proxy.url), 'required');
      expectNothingSent(starttls);
      expectHandshakeOnly(proxy.received());
      expect(row).to.include({ state: 'deferred' });
      expect(row.reason).to.match(/^The connection to the mail server could not be encrypted: 502 /);
    });
  }

  for (const smtpTls of ['required', 'opportunistic'] as const) {
    it(`sends nothing to a server whose certificate is not trusted when encryption is ${smtpTls}`, async () => {
      for (const mailbox of [starttls, implicit]) {
        const row = await attempt(mailbox.url, smtpTls);
        expectNothingSent(mailbox);
        expect(row).to.include({ state: 'deferred' });
        expect(row.reason).to.match(/^The connection to the mail server could not be encrypted: self.signed/);
      }
    });
  }

  it('sends nothing to an smtps:// URL whose server speaks plain SMTP', async () => {
    const proxy = await startProxy(plain.url.replace('smtp:', 'smtps:'));
    const row = await attempt(proxy.url, 'required');
    expectNothingSent(plain);
    expect(proxy.received()).to.not.include(PASSWORD);
    expect(row).to.include({ state: 'deferred' });
    expect(row.reason).to.match(/^The connection to the mail server could not be encrypted: /);
  });

  it('requires encryption even if the query of SMTP_URL disables it', async () => {
    for (const query of ['requireTLS=false', 'ignoreTLS=true', 'opportunisticTLS=true', 'secured=true']) {
      expect(await attempt(`${plain.url}?${query}`, 'required'), query).to.include({ state: 'deferred' });
      expectNothingSent(plain);
    }
  });

  it('uses STARTTLS only if the server offers it when encryption is opportunistic', async () => {
    expect(await attempt(trustingUrl(starttls.url), 'opportunistic')).to.include({ state: 'accepted' });
    expectSent(starttls, { is_encrypted: true });
    expect(await attempt(plain.url, 'opportunistic')).to.include({ state: 'accepted' });
    expectSent(plain, { is_encrypted: false });
  });

  it('does not use STARTTLS when encryption is none', async () => {
    expect(await attempt(starttls.url, 'none')).to.include({ state: 'accepted' });
    expectSent(starttls, { is_encrypted: false });
  });

  it('uses TLS for smtps:// even when encryption is none', async () => {
    expect(await attempt(trustingUrl(implicit.url), 'none')).to.include({ state: 'accepted' });
    expectSent(implicit, { is_encrypted: true });
  });
});

function expectHandshakeOnly(bytes: string): void {
  for (const line of bytes.split('\r\n').filter(Boolean)) expect(line).to.match(/^(EHLO \S+|STARTTLS|QUIT)$/);
  expect(bytes).to.match(/^EHLO /);
}
