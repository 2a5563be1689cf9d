import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import { queueEmail } from '../../src/domain/email/queue-email.ts';
import type { MailTransport } from '../../src/mail/message.ts';
import { deliverBatch } from '../../src/mail/deliver.ts';
import { hashToken } from '../../src/domain/token/one-time-token.ts';
import { openTransport } from '../../src/mail/transport.ts';
import { deliverDue } from '../../src/tasks/mail-worker.ts';
import { failWrites } from '../support/failing-writes.ts';
import type { Mail } from '../support/mailbox.ts';
import { openOutbox, type Outbox } from './outbox.ts';

const tokenOf = (mail: Mail) => mail.link.split('token=')[1]!;

describe('deliverBatch', () => {
  let outbox: Outbox;
  let tenant: string;

  before(async () => {
    outbox = await openOutbox({ MAIL_FROM_DOMAIN: 'mail.portal.example' });
    tenant = await outbox.createTenant({ slug: 'bay', reply_to: 'help@bay.example' });
  });
  afterEach(() => {
    outbox.mailbox.mode = 'accept';
  });
  after(() => outbox.close());

  async function queueReset() {
    const { id: user_id, email } = await outbox.createUser(tenant);
    const id = await outbox.queue(tenant, { template: 'resetPassword', user_id, to_address: email });
    return { id, user_id, email };
  }

  it('sends a queued email once, with a link to the stored host of the tenant', async () => {
    const { id, email } = await queueReset();
    await outbox.deliver();
    await outbox.deliver();

    const mail = await outbox.mailbox.next(email);
    expect(mail.subject).to.equal('Reset your Bay Storage password');
    expect(mail.link).to.match(
      /^http:\/\/bay\.portal\.localhost:3000\/account\/reset-password\?token=[\w-]{43}$/,
    );
    expect(mail.html).to.include(mail.link);
    expect(outbox.mailbox.messages.filter((each) => each.to === email)).to.have.length(1);
    expect(await outbox.email(tenant, id)).to.include({
      state: 'accepted',
      reason: null,
      attempts: 1,
      due_at: null,
      sealed_token: null,
    });
  });

  it('sends an email once although the database cannot record it before the lease ends', async () => {
    const { id, email } = await queueReset();
    const allowWrites = await failWrites({ owner: { query: (sql) => outbox.sql(sql) } }, 'emails', '53100', {
      when: "new.state = 'accepted'",
    });
    const stop = new AbortController();
    const transport = {
      ...outbox.transport,
      send: async (...message: Parameters<MailTransport['send']>) => {
        await outbox.transport.send(...message);
        // Ends the attempts to record it, as the end of the lease does.
        stop.abort();
      },
    };
    const error = await deliverBatch({ ...outbox, transport }, tenant, { signal: stop.signal }).then(
      () => undefined,
      (cause: { code?: string }) => cause,
    );
    expect(error?.code).to.equal('53100');
    await allowWrites();
    await outbox.makeDue(id);
    await outbox.deliver();

    expect(outbox.mailbox.messages.filter(({ to }) => to === email)).to.have.length(1);
    expect(await outbox.email(tenant, id)).to.include({ state: 'accepted', attempts: 1, due_at: null });
  });

  it('records an accepted email within seconds after the database accepts writes again', async () => {
    const { id } = await queueReset();
    const condition = { when: "new.state = 'accepted'", times: 6 };
    await failWrites({ owner: { query: (sql) => outbox.sql(sql) } }, 'emails', '53100', condition);
    const startedAt = performance.now();
    await outbox.deliver();
    // With doubled waits it would be recorded after 15 s.
    expect(performance.now() - startedAt).to.be.below(12_000);
    expect((await outbox.email(tenant, id)).state).to.equal('accepted');
  });

  it('sends emails while a migration adds a column', async () => {
    const first = await queueReset();
    await outbox.deliver();
    await outbox.sql('alter table app.emails add column added_by_migration int');
    const second = await queueReset();
    await outbox.deliver();
    await outbox.sql('alter table app.emails drop column added_by_migration');
    for (const { id } of [first, second]) expect((await outbox.email(tenant, id)).state).to.equal('accepted');
  });

  it('links to the primary host of the tenant if there is one', async () => {
    const own = await outbox.createTenant({ locale: 'ar', name: 'كثبان' });
    const domain = `insert into app.tenant_domains (host, tenant_id, verified_at) values ('my.dunes.example', $1, now())`;
    await outbox.sql(domain, [own]);
    await outbox.sql(`update app.tenants set primary_host = 'my.dunes.example' where id = $1`, [own]);
    const { email } = await outbox.createUser(own, { first_name: null, name: '' });
    await outbox.queue(own, { template: 'resetPassword', to_address: email });
    await outbox.deliver();

    const mail = await outbox.mailbox.next(email);
    expect(mail.link).to.match(/^http:\/\/my\.dunes\.example\/account\/reset-password\?token=/);
    expect(mail.subject).to.equal('إعادة تعيين كلمة مرورك لدى كثبان');
    expect(mail.text).to.match(/^مرحبًا،\n/);
  });

  it('sets the From, Reply-To, Message-ID and Auto-Submitted headers', async () => {
    const { id, email } = await queueReset();
    await outbox.deliver();

    const { headers, from } = await outbox.mailbox.next(email);
    expect(from).to.equal('no-reply@mail.portal.example');
    expect(headers).to.include({
      from: 'Bay Storage <no-reply@mail.portal.example>',
      to: `Ada Lovelace <${email}>`,
      'reply-to': 'Bay Storage <help@bay.example>',
      'message-id': `<${id}@mail.portal.example>`,
      'auto-submitted': 'auto-generated',
      'x-auto-response-suppress': 'All',
    });
    expect(headers['content-type']).to.match(/^multipart\/alternative/);
    expect(headers).to.not.have.any.keys('list-unsubscribe', 'x-mailer');
  });

  it('shortens a long name between two characters', async () => {
    const { id: user_id, email } = await outbox.createUser(tenant, {
      first_name: '😀'.repeat(50),
      last_name: '👩🏽‍💻'.repeat(50),
      name: `${'😀'.repeat(50)} ${'👩🏽‍💻'.repeat(50)}`,
    });
    await outbox.queue(tenant, { template: 'resetPassword', user_id, to_address: email });
    await outbox.deliver();

    const { headers, raw } = await outbox.mailbox.next(email);
    // 100 code units of the first name, a space, and 14 characters of 7.
    expect(decodeWords(String(headers['to']))).to.equal(`${'😀'.repeat(50)} ${'👩🏽‍💻'.repeat(14)} <${email}>`);
    for (const line of raw.split(/\r?\n/)) expect(line.length).to.be.at.most(998);
  });

  it('stores a copy with a masked token, and the token only as a hash', async () => {
    const { id, user_id, email } = await queueReset();
    await outbox.deliver();

    const mail = await outbox.mailbox.next(email);
    const stored = await outbox.email(tenant, id);
    const masked = mail.text.replace(tokenOf(mail), '••••••••').trim();
    expect(stored.text?.trim()).to.equal(masked);
    expect(stored.subject).to.equal(mail.subject);
    expect(stored.html).to.include('token=••••••••');
    const everything = JSON.stringify(await outbox.sql('select e.*::text from app.emails e')) + stored.html;
    expect(everything).to.not.include(tokenOf(mail));
    const [token] = await outbox.sql('select * from app.one_time_tokens where user_id = $1', [user_id]);
    expect(token).to.deep.include({
      token_hash: hashToken(tokenOf(mail)),
      purpose: 'reset_password',
      sent_to: email,
    });
  });

  it('retries a deferred email with the same link and the same Message-ID', async () => {
    const { id, email } = await queueReset();
    outbox.mailbox.mode = 'defer';
    await outbox.deliver();

    const deferred = await outbox.email(tenant, id);
    expect(deferred.state).to.equal('deferred');
    expect(deferred.reason).to.match(/^The mail server deferred the email: .*451 Try again later/);
    expect(deferred.due_at!.getTime() - Date.now()).to.be.within(20_000, 40_000);
    const [sealed] = await outbox.sql('select token_hash from app.one_time_tokens order by created_at desc');

    outbox.mailbox.mode = 'accept';
    await outbox.makeDue(id);
    await outbox.deliver();
    const mail = await outbox.mailbox.next(email);
    expect(hashToken(tokenOf(mail))).to.deep.equal(sealed!['token_hash']);
    expect(mail.headers['message-id']).to.equal(`<${id}@mail.portal.example>`);
    expect(await outbox.email(tenant, id)).to.include({ state: 'accepted', attempts: 2, sealed_token: null });
  });

  it('doubles the wait after each attempt up to an hour, and gives up after twenty attempts', async () => {
    const { id } = await queueReset();
    outbox.mailbox.mode = 'defer';
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 19; attempt++) {
      await outbox.sql(`update app.emails set token_expires_at = now() + interval '1 day' where id = $1`, [
        id,
      ]);
      await outbox.makeDue(id);
      await outbox.deliver();
      waits.push((await outbox.email(tenant, id)).due_at!.getTime() - Date.now());
    }
    expect(waits[1]! / waits[0]!).to.be.within(1.2, 3.2);
    expect(Math.max(...waits)).to.be.at.most(3600_000 * 1.2);
    expect(waits[18]).to.be.above(3600_000 * 0.75);

    await outbox.makeDue(id);
    await outbox.deliver();
    const failed = await outbox.email(tenant, id);
    expect(failed).to.include({ state: 'failed', due_at: null, sealed_token: null });
    expect(failed.reason).to.match(/^The last of 20 attempts failed\./);
  });

  it('records the reason of a permanent refusal, and sets the access of an invited user to bounced', async () => {
    const { id: user_id, email } = await outbox.createUser(tenant);
    const id = await outbox.queue(tenant, { template: 'accountInvitation', user_id, to_address: email });
    expect(await outbox.findUser(tenant, user_id)).to.include({ access: 'invited' });
    outbox.mailbox.mode = 'refuse';
    await outbox.deliver();

    const failed = await outbox.email(tenant, id);
    expect(failed).to.include({ state: 'failed', due_at: null, sealed_token: null, attempts: 1 });
    expect(failed.reason).to.match(/^The mail server rejected the email: .*550 No such mailbox/);
    expect(failed.html).to.include('token=••••••••');
    expect(await outbox.findUser(tenant, user_id)).to.include({ access: 'bounced', access_expires_at: null });
  });

  it('defers an email while the mail server is unreachable, and never sends an expired link', async () => {
    const { id, email } = await queueReset();
    const unreachable = openTransport({ ...outbox.config, smtpUrl: 'smtp://127.0.0.1:1' });
    await deliverDue({ ...outbox, transport: unreachable });
    expect((await outbox.email(tenant, id)).reason).to.match(
      /^The mail server could not be reached: .*ECONNREFUSED/,
    );

    await outbox.sql(`update app.emails set token_expires_at = now() - interval '1 second' where id = $1`, [
      id,
    ]);
    await outbox.makeDue(id);
    await outbox.deliver();
    expect(await outbox.email(tenant, id)).to.include({
      state: 'expired',
      reason: 'Its link expired before it could be sent',
      sealed_token: null,
      due_at: null,
    });
    expect(outbox.mailbox.messages.some((mail) => mail.to === email)).to.equal(false);
  });

  it('expires a request that is older than the lifetime of its link', async () => {
    const { id } = await queueReset();
    await outbox.sql(`update app.emails set created_at = now() - interval '61 minutes' where id = $1`, [id]);
    await outbox.deliver();
    expect((await outbox.email(tenant, id)).state).to.equal('expired');
  });

  it('schedules the next attempt for the expiry of the link if the wait is longer', async () => {
    const { id } = await queueReset();
    outbox.mailbox.mode = 'defer';
    await outbox.deliver();
    await outbox.sql(
      `update app.emails set attempts = 9, token_expires_at = now() + interval '5 minutes' where id = $1`,
      [id],
    );
    await outbox.makeDue(id);
    await outbox.deliver();
    const { due_at, token_expires_at } = await outbox.email(tenant, id);
    expect(due_at!.getTime()).to.be.closeTo(token_expires_at!.getTime(), 2_000);
  });

  it('suppresses a deferred link when a newer one has been sent', async () => {
    const { id, user_id, email } = await queueReset();
    outbox.mailbox.mode = 'defer';
    await outbox.deliver();
    outbox.mailbox.mode = 'accept';
    await outbox.queue(tenant, { template: 'resetPassword', user_id, to_address: email });
    await outbox.deliver();
    await outbox.makeDue(id);
    await outbox.deliver();

    expect((await outbox.email(tenant, id)).state).to.equal('suppressed');
    const arrived = outbox.mailbox.messages.filter((mail) => mail.to === email);
    expect(arrived).to.have.length(1);
    const openTokens = await outbox.sql(
      'select token_hash from app.one_time_tokens where user_id = $1 and revoked_at is null',
      [user_id],
    );
    expect(openTokens).to.deep.equal([{ token_hash: hashToken(tokenOf(arrived[0]!)) }]);
  });

  it('removes line breaks from names, so that they cannot add headers or recipients', async () => {
    const name = 'Ada\r\nBcc: thief@example.com\r\n\r\n<thief@example.com>, "x" <y@example.com>';
    const malicious = await outbox.createTenant({
      name: 'Bay\r\nBcc: thief@example.com',
      reply_to: 'a@b.example, c@d.example',
    });
    const { id: user_id, email } = await outbox.createUser(malicious, { name, first_name: name });
    await outbox.queue(malicious, { template: 'resetPassword', user_id, to_address: email });
    await outbox.deliver();

    const mail = await outbox.mailbox.next(email);
    expect(mail.headers).to.not.have.any.keys('bcc', 'reply-to');
    expect(mail.to).to.equal(email);
    expect(mail.subject).to.equal('Reset your Bay Bcc: thief@example.com password');
    expect(mail.text.split('\n')[0]).to.match(/^Hi Ada Bcc: thief@example\.com <thief/);
  });

  for (const address of [
    'a@example.com, b@example.com',
    'a@example.com\r\nBcc: b@example.com',
    '"a" <a@example.com>',
    'a@example.com b@example.com',
    'boss@firm.co/uk',
    '=?utf-8?q?boss?=@firm.co',
    '',
  ]) {
    it(`refuses to send to ${JSON.stringify(address)}`, async () => {
      const before = outbox.mailbox.messages.length;
      const { id: user_id } = await outbox.createUser(tenant);
      const id = await outbox.queue(tenant, { template: 'passwordChanged', user_id, to_address: address });
      await outbox.deliver();
      expect(await outbox.email(tenant, id)).to.include({
        state: 'failed',
        reason: 'The recipient is not a single email address',
      });
      expect(outbox.mailbox.messages).to.have.length(before);
    });
  }

  it('sends a reset link before 400 invitations that the tenant queued earlier', async () => {
    const { email } = await outbox.createUser(tenant);
    await outbox.sql(
      `insert into app.users (tenant_id, id, audience, email, email_norm, name, name_norm, search_text)
       select $1, gen_random_uuid(), 'customer', e, e, '', e, e
       from (select 'invited' || n || '@example.com' as e from generate_series(1, 400) n) as invited`,
      [tenant],
    );
    const invited = await outbox.sql(`select id, email from app.users where email like 'invited%'`);
    await inTenant(outbox.database, tenant, (db) => {
      for (const { id, email: to_address } of invited as { id: string; email: string }[])
        queueEmail(db, { template: 'accountInvitation', audience: 'customer', user_id: id, to_address });
    });
    await outbox.queue(tenant, { template: 'resetPassword', to_address: email });
    await deliverBatch(outbox, tenant);
    const left = await outbox.sql(
      `select template from app.emails where tenant_id = $1 and state <> 'queued' and last_attempt_at is not null
         and (to_address = $2 or to_address like 'invited%') order by last_attempt_at`,
      [tenant, email],
    );
    expect(left.map(({ template }) => template)).to.deep.equal([
      'resetPassword',
      ...Array<string>(4).fill('accountInvitation'),
    ]);
    await outbox.sql(
      `update app.emails set state = 'suppressed', due_at = null where to_address like 'invited%'`,
    );
  });
});

/** Decodes the encoded words of a header. */
function decodeWords(header: string): string {
  return header
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?UTF-8\?B\?([^?]*)\?=/g, (_word, base64: string) => Buffer.from(base64, 'base64').toString());
}
