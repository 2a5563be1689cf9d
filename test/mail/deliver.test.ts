import { expect } from 'chai';
import { openOutbox, type Outbox } from './outbox.ts';

describe('Delivering mail', () => {
  let outbox: Outbox;
  let tenant: string;

  before(async () => {
    outbox = await openOutbox();
    tenant = await outbox.createTenant({ reply_to: 'help@bay.example' });
  });
  after(() => outbox.close());

  it('a queued mail arrives once, over real SMTP, with its link', async () => {
    const { id, email } = await outbox.createPerson(tenant);
    const emailId = await outbox.queue(tenant, { template: 'resetPassword', user_id: id, to_address: email });

    await outbox.deliver();

    const mail = await outbox.mailbox.next(email);
    expect(mail.subject).to.equal('Reset your Bay Storage password');
    expect(mail.text).to.match(/^Hi Ada,\n/);
    expect(mail.link).to.match(
      /^http:\/\/t\w+\.portal\.localhost:3000\/account\/reset-password\?token=[\w-]{43}$/,
    );
    expect(mail.html).to.include(mail.link);
    expect(outbox.mailbox.messages.filter((each) => each.to === email)).to.have.length(1);
    const stored = await outbox.email(tenant, emailId);
    expect(stored).to.include({
      state: 'accepted',
      reason: null,
      attempts: 1,
      due_at: null,
      sealed_token: null,
    });
  });
});
