import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import { deliverDue, startMailWorker, type MailWorker } from '../../src/tasks/mail-worker.ts';
import { claimEmails } from '../../src/mail/claim-emails.ts';
import { openTransport } from '../../src/mail/transport.ts';
import { openOutbox, type Outbox } from '../mail/outbox.ts';

describe('The mail worker', () => {
  let outbox: Outbox;
  let workers: MailWorker[] = [];

  beforeEach(async () => {
    outbox = await openOutbox();
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.stop(0)));
    workers = [];
    await outbox.close();
  });

  function start(): MailWorker {
    const worker = startMailWorker(outbox);
    workers.push(worker);
    return worker;
  }

  async function queueMany(tenantId: string, count: number): Promise<string[]> {
    const { id: user_id, email } = await outbox.createPerson(tenantId);
    const ids: string[] = [];
    for (let n = 0; n < count; n++) {
      ids.push(await outbox.queue(tenantId, { template: 'passwordChanged', user_id, to_address: email }));
    }
    return ids;
  }

  async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    const end = Date.now() + 10_000;
    while (!(await isSo())) {
      if (Date.now() > end) throw new Error('It did not come to that within 10 s');
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  const stateOf = async (id: string) =>
    (await outbox.sql('select state from app.emails where id = $1', [id]))[0]!['state'];

  it('two workers at the same outbox send every mail once', async () => {
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

  it("one tenant's bulk does not hold up another's reset mail", async () => {
    const [bulk, other] = [await outbox.createTenant(), await outbox.createTenant()];
    await queueMany(bulk, 60);
    const { email } = await outbox.createPerson(other);
    await outbox.queue(other, { template: 'resetPassword', to_address: email });
    await deliverDue(outbox);
    const place = outbox.mailbox.messages.findIndex((mail) => mail.to === email);
    expect(place).to.be.within(0, 10);
    expect(outbox.mailbox.messages).to.have.length(61);
  });

  it('a mail whose worker died is sent by the next when the lease ends, under the same Message-ID', async () => {
    const tenantId = await outbox.createTenant();
    const [id] = await queueMany(tenantId, 1);
    await inTenant(outbox.database, tenantId, (db) => claimEmails(db, 5));
    await outbox.deliver();
    expect(outbox.mailbox.messages, 'held by the lease').to.have.length(0);

    await outbox.makeDue(id!);
    await outbox.deliver();
    expect(outbox.mailbox.messages).to.have.length(1);
    expect(outbox.mailbox.messages[0]!.headers['message-id']).to.match(new RegExp(`^<${id}@`));
  });

  it('a mail sent by a worker that died before it could say so comes again as the same mail', async () => {
    const tenantId = await outbox.createTenant();
    const { email } = await outbox.createPerson(tenantId);
    const id = await outbox.queue(tenantId, { template: 'resetPassword', to_address: email });
    const dying = { ...outbox.transport, send: () => new Promise<void>(() => undefined) };
    void deliverDue({ ...outbox, transport: dying }).catch(() => undefined);
    await until(async () => (await outbox.email(tenantId, id)).attempts === 1);
    const sealed = (await outbox.email(tenantId, id)).sealed_token;

    await outbox.makeDue(id);
    await outbox.deliver();
    const mail = await outbox.mailbox.next(email);
    expect(mail.headers['message-id']).to.equal((await outbox.email(tenantId, id)).message_id);
    expect(sealed).to.be.instanceOf(Buffer);
    expect(await outbox.sql('select 1 from app.one_time_tokens')).to.have.length(1);
  });

  it('nudged, it looks at once', async () => {
    const worker = start();
    const tenantId = await outbox.createTenant();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await queueMany(tenantId, 1);
    const before = Date.now();
    worker.wake();
    await outbox.mailbox.next();
    expect(Date.now() - before).to.be.below(450);
  });

  it('stopping, it finishes the mail it is sending and gives back the others', async () => {
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

  it('stopped for good, it lets go even of a server that never answers, and the mail comes later', async () => {
    const tenantId = await outbox.createTenant();
    const [id] = await queueMany(tenantId, 1);
    outbox.mailbox.mode = 'slow';
    const worker = start();
    await until(async () => (await outbox.email(tenantId, id!)).attempts === 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await worker.stop(100);
    expect(await outbox.email(tenantId, id!)).to.include({
      state: 'deferred',
      reason: 'Sending took too long or was stopped',
    });
  });

  it('outlives a database that went away for a moment', async () => {
    const tenantId = await outbox.createTenant();
    start();
    await outbox.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
    const { email } = await outbox.createPerson(tenantId);
    await outbox.queue(tenantId, { template: 'resetPassword', to_address: email });
    await outbox.mailbox.next(email);
  });

  it('a mail that left while the database was away does not leave twice', async () => {
    const tenantId = await outbox.createTenant();
    const [id] = await queueMany(tenantId, 1);
    const cutting = {
      ...outbox.transport,
      send: async (...args: Parameters<typeof outbox.transport.send>) => {
        await outbox.transport.send(...args);
        await outbox.sql(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
        );
      },
    };
    await deliverDue({ ...outbox, transport: cutting });
    expect(await stateOf(id!)).to.equal('accepted');
  });

  it('without a mail server mails are kept as files, and only there', async () => {
    const tenantId = await outbox.createTenant();
    const [id] = await queueMany(tenantId, 1);
    const transport = openTransport({ ...outbox.config, smtpUrl: undefined, dataDir: outbox.folder });
    await deliverDue({ ...outbox, transport });
    expect(await stateOf(id!)).to.equal('accepted');
    expect(outbox.files().toSorted()).to.deep.equal(['mails', `mails/${id}.eml`, `mails/${id}.json`]);
  });
});
