import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import { deliverDue, startMailWorker } from '../../src/tasks/mail-worker.ts';
import type { QueueWorker } from '../../src/tasks/queue-worker.ts';
import { claim } from '../../src/database/queue.ts';
import { emailQueue } from '../../src/domain/email/queue-email.ts';
import { openTransport } from '../../src/mail/transport.ts';
import { openOutbox, type Outbox } from '../mail/outbox.ts';

describe('Mail worker', () => {
  let outbox: Outbox;
  let workers: QueueWorker[] = [];

  beforeEach(async () => {
    outbox = await openOutbox();
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.stop(0)));
    workers = [];
    await outbox.close();
  });

  function start(): QueueWorker {
    const worker = startMailWorker(outbox);
    workers.push(worker);
    return worker;
  }

  async function queueMany(tenantId: string, count: number): Promise<string[]> {
    const { id: user_id, email } = await outbox.createUser(tenantId);
    const ids: string[] = [];
    for (let n = 0; n < count; n++) {
      ids.push(await outbox.queue(tenantId, { template: 'passwordChanged', user_id, to_address: email }));
    }
    return ids;
  }

  async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
    const end = Date.now() + 10_000;
    while (!(await isTrue())) {
      if (Date.now() > end) throw new Error('The condition was not met within 10 s');
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  const stateOf = async (id: string) =>
    (await outbox.sql('select state from app.emails where id = $1', [id]))[0]!['state'];

  it('sends each email once when two workers share an outbox', async () => {
    const tenants = await Promise.all([outbox.createTenant(), outbox.createTenant(), outbox.createTenant()]);
    await Promise.all(tenants.map((tenantId) => queueMany(tenantId, 12)));
    start();
    start();
    await until(() => outbox.mailbox.messages.length >= 36);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const ids = outbox.mailbox.messages.map((mail) => mail.headers['message-id']);
    expect(ids).to.have.length(36);
    expect(new Set(ids).size).to.equal(36);
  });

  it("sends a tenant's only email before most of another tenant's 60 emails", async () => {
    const [bulk, other] = [await outbox.createTenant(), await outbox.createTenant()];
    await queueMany(bulk, 60);
    const { email } = await outbox.createUser(other);
    await outbox.queue(other, { template: 'resetPassword', to_address: email });
    await deliverDue(outbox);
    const place = outbox.mailbox.messages.findIndex((mail) => mail.to === email);
    expect(place).to.be.within(0, 10);
    expect(outbox.mailbox.messages).to.have.length(61);
  });

  it('sends a claimed email with the same Message-ID when the lease of a crashed worker ends', async () => {
    const tenantId = await outbox.createTenant();
    const [id] = await queueMany(tenantId, 1);
    await inTenant(outbox.database, tenantId, (db) => claim(db, emailQueue, 5));
    await outbox.deliver();
    expect(outbox.mailbox.messages, 'held by the lease').to.have.length(0);

    await outbox.makeDue(id!);
    await outbox.deliver();
    expect(outbox.mailbox.messages).to.have.length(1);
    expect(outbox.mailbox.messages[0]!.headers['message-id']).to.match(new RegExp(`^<${id}@`));
  });

  it('sends the same message again when a worker crashes before it records the outcome', async () => {
    const tenantId = await outbox.createTenant();
    const { email } = await outbox.createUser(tenantId);
    const id = await outbox.queue(tenantId, { template: 'resetPassword', to_address: email });
    const crashing = { ...outbox.transport, send: () => new Promise<void>(() => undefined) };
    void deliverDue({ ...outbox, transport: crashing }).catch(() => undefined);
    await until(async () => (await outbox.email(tenantId, id)).attempts === 1);
    const sealed = (await outbox.email(tenantId, id)).sealed_token;

    await outbox.makeDue(id);
    await outbox.deliver();
    const mail = await outbox.mailbox.next(email);
    expect(mail.headers['message-id']).to.equal((await outbox.email(tenantId, id)).message_id);
    expect(sealed).to.be.instanceOf(Buffer);
    expect(await outbox.sql('select 1 from app.one_time_tokens')).to.have.length(1);
  });

  it('delivers immediately after the commit of a transaction that queued an email', async () => {
    start();
    const tenantId = await outbox.createTenant();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = Date.now();
    await queueMany(tenantId, 1);
    await outbox.mailbox.next();
    expect(Date.now() - before).to.be.below(450);
  });

  it('finishes the current email when stopped and releases the others', async () => {
    const tenantId = await outbox.createTenant();
    const ids = await queueMany(tenantId, 3);
    outbox.mailbox.mode = 'slow';
    outbox.mailbox.delay = 400;
    const worker = start();
    await until(async () => (await outbox.email(tenantId, ids[0]!)).attempts === 1);
    await worker.stop();

    expect(outbox.mailbox.messages).to.have.length(1);
    expect(await Promise.all(ids.map(stateOf))).to.deep.equal(['accepted', 'queued', 'queued']);
    const waiting = await outbox.email(tenantId, ids[1]!);
    expect(waiting.attempts).to.equal(0);
    expect(waiting.due_at!.getTime()).to.be.at.most(Date.now());
  });

  it('aborts a send that does not finish in the grace period and defers the email', async () => {
    const tenantId = await outbox.createTenant();
    const [id] = await queueMany(tenantId, 1);
    outbox.mailbox.mode = 'slow';
    const worker = start();
    await until(async () => (await outbox.email(tenantId, id!)).attempts === 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await worker.stop(100);
    expect(await outbox.email(tenantId, id!)).to.include({
      state: 'deferred',
      reason: 'Sending timed out or was stopped',
    });
  });

  it('continues to deliver after the database connections were terminated', async () => {
    const tenantId = await outbox.createTenant();
    start();
    await outbox.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
    const { email } = await outbox.createUser(tenantId);
    await outbox.queue(tenantId, { template: 'resetPassword', to_address: email });
    await outbox.mailbox.next(email);
  });

  it('records the acceptance when the database connections are terminated during the send', async () => {
    const tenantId = await outbox.createTenant();
    const [id] = await queueMany(tenantId, 1);
    const disconnecting = {
      ...outbox.transport,
      send: async (...args: Parameters<typeof outbox.transport.send>) => {
        await outbox.transport.send(...args);
        await outbox.sql(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
        );
      },
    };
    await deliverDue({ ...outbox, transport: disconnecting });
    expect(await stateOf(id!)).to.equal('accepted');
  });

  it('writes emails to files when no mail server is configured', async () => {
    const tenantId = await outbox.createTenant();
    const [id] = await queueMany(tenantId, 1);
    const transport = openTransport({ ...outbox.config, smtpUrl: undefined, dataDir: outbox.folder });
    await deliverDue({ ...outbox, transport });
    expect(await stateOf(id!)).to.equal('accepted');
    expect(outbox.files().toSorted()).to.deep.equal(['mails', `mails/${id}.eml`, `mails/${id}.json`]);
  });
});
