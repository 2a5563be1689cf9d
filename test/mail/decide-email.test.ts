import { expect } from 'chai';
import { newId } from '../../src/database/new-id.ts';
import { openOutbox, type Outbox } from './outbox.ts';

describe('decideEmail', () => {
  let outbox: Outbox;
  let tenant: string;

  before(async () => {
    outbox = await openOutbox();
    tenant = await outbox.createTenant();
  });
  after(() => outbox.close());

  const emailsTo = (email: string) => outbox.mailbox.messages.filter((mail) => mail.to === email);
  const reset = (to_address: string, tenantId = tenant) =>
    outbox.queue(tenantId, { template: 'resetPassword', to_address });
  const activation = (to_address: string) =>
    outbox.queue(tenant, { template: 'setPassword', to_address, variables: { requested: 'activation' } });

  it('sends a requested link to the stored spelling of the address', async () => {
    const { id: user_id } = await outbox.createUser(tenant, {
      email: 'grace@example.com',
      email_norm: 'grace@example.com',
    });
    const id = await reset('GRACE@example.com');
    await outbox.deliver();
    expect((await outbox.mailbox.next('grace@example.com')).subject).to.equal(
      'Reset your Bay Storage password',
    );
    expect(await outbox.email(tenant, id)).to.include({ state: 'accepted', user_id });
  });

  it('suppresses a requested email when no user has the address', async () => {
    const id = await reset('unknown@example.com');
    await outbox.deliver();
    expect(await outbox.email(tenant, id)).to.include({
      state: 'suppressed',
      reason: 'No user has this address',
      user_id: null,
      due_at: null,
    });
  });

  it("suppresses a customer email to the address of another tenant's customer or of staff", async () => {
    const other = await outbox.createTenant();
    const otherCustomer = await outbox.createUser(other);
    const staff = await outbox.createUser(tenant, { audience: 'staff' });
    const ids = [await reset(otherCustomer.email), await reset(staff.email)];
    await outbox.deliver();
    for (const id of ids) expect((await outbox.email(tenant, id)).state).to.equal('suppressed');
  });

  it('sends staff a link to the operations portal', async () => {
    const staff = await outbox.createUser(tenant, { audience: 'staff' });
    await outbox.queue(tenant, { template: 'resetPassword', audience: 'staff', to_address: staff.email });
    await outbox.deliver();
    const { link } = await outbox.mailbox.next(staff.email);
    expect(link).to.match(/^http:\/\/t\w+\.operations\.localhost:3000\/reset-password\?token=/);
  });

  it('sends no links to a customer whose only company is blocked', async () => {
    const { id: user_id, email } = await outbox.createUser(tenant, { is_private_customer: false });
    await outbox.sql(
      `with blocked as (
         insert into app.companies (tenant_id, id, code, code_norm, name, name_norm, search_text, status)
         values ($1, $2, 'B', 'b', 'Blocked', 'blocked', 'blocked', 'blocked') returning tenant_id, id)
       insert into app.memberships (tenant_id, company_id, user_id) select tenant_id, id, $3 from blocked`,
      [tenant, newId(), user_id],
    );
    const id = await reset(email);
    await outbox.deliver();
    expect(await outbox.email(tenant, id)).to.include({
      state: 'suppressed',
      reason: 'The company is blocked',
    });
  });

  it('sends a disabled user notices but no links', async () => {
    const { id: user_id, email } = await outbox.createUser(tenant, { status: 'disabled' });
    const id = await reset(email);
    await outbox.queue(tenant, { template: 'passwordChanged', user_id, to_address: email });
    await outbox.deliver();
    expect(await outbox.email(tenant, id)).to.include({
      state: 'suppressed',
      reason: 'The account is disabled',
    });
    expect(emailsTo(email).map((mail) => mail.subject)).to.deep.equal([
      'Your Bay Storage password was changed',
    ]);
  });

  it('limits the reset links that anonymous users request to three an hour, but not those that staff send', async () => {
    const { id: user_id, email } = await outbox.createUser(tenant);
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push(await reset(email));
    await outbox.deliver();
    const stored = await Promise.all(ids.map((id) => outbox.email(tenant, id)));
    expect(stored.map(({ state }) => state).toSorted()).to.deep.equal([
      'accepted',
      'accepted',
      'accepted',
      'suppressed',
      'suppressed',
    ]);
    expect(stored.find(({ state }) => state === 'suppressed')!.reason).to.equal(
      'Three links were sent within the hour',
    );

    await outbox.queue(tenant, {
      template: 'resetPassword',
      user_id,
      to_address: email,
      requested_by: user_id,
    });
    await outbox.deliver();
    expect(emailsTo(email)).to.have.length(4);
    await outbox.sql(
      `update app.emails set created_at = created_at - interval '61 minutes' where user_id = $1`,
      [user_id],
    );
    await reset(email);
    await outbox.deliver();
    expect(emailsTo(email)).to.have.length(5);
  });

  it('sends a set-password link to an inactive user who requests activation', async () => {
    const { email } = await outbox.createUser(tenant);
    await activation(email);
    await outbox.deliver();
    const mail = await outbox.mailbox.next(email);
    expect(mail.subject).to.equal('Set your password for Bay Storage');
    expect(mail.link).to.match(/\/account\/set-password\?token=[\w-]{43}$/);
  });

  it('sends accountExists to an active user who requests activation', async () => {
    const { email } = await outbox.createUser(tenant, { password_hash: 'x', access: 'active' });
    const id = await activation(email);
    await outbox.deliver();
    const mail = await outbox.mailbox.next(email);
    expect(mail.subject).to.equal('You already have an account with Bay Storage');
    expect(mail.link).to.match(/\/account\/login$/);
    expect((await outbox.email(tenant, id)).template).to.equal('accountExists');
  });

  it('suppresses activation requests of unknown and disabled users', async () => {
    const { email } = await outbox.createUser(tenant, { status: 'disabled' });
    const ids = [await activation(email), await activation('unknown@example.com')];
    await outbox.deliver();
    for (const id of ids) expect((await outbox.email(tenant, id)).state).to.equal('suppressed');
  });

  it('suppresses emails of a suspended tenant that were queued before the suspension', async () => {
    const suspended = await outbox.createTenant({ name: 'Closed Ltd' });
    const { email } = await outbox.createUser(suspended);
    const id = await reset(email, suspended);
    await outbox.sql(`update app.tenants set status = 'suspended' where id = $1`, [suspended]);
    await outbox.deliver();
    expect(await outbox.email(suspended, id)).to.include({
      state: 'suppressed',
      reason: 'Closed Ltd is suspended',
    });
  });

  it('suppresses an activation email when the user has become active', async () => {
    const { id: user_id, email } = await outbox.createUser(tenant);
    const id = await outbox.queue(tenant, { template: 'accountActivation', user_id, to_address: email });
    await outbox.sql(`update app.users set password_hash = 'x', access = 'active' where id = $1`, [user_id]);
    await outbox.deliver();
    expect(await outbox.email(tenant, id)).to.include({
      state: 'suppressed',
      reason: 'The account is already active',
    });
    expect((await outbox.findUser(tenant, user_id))['access']).to.equal('active');
  });

  it('suppresses a link when the address of the user has changed', async () => {
    const { id: user_id, email } = await outbox.createUser(tenant);
    const id = await outbox.queue(tenant, { template: 'resetPassword', user_id, to_address: email });
    await outbox.sql(
      `update app.users set email = 'new-' || email, email_norm = 'new-' || email_norm where id = $1`,
      [user_id],
    );
    await outbox.deliver();
    expect(await outbox.email(tenant, id)).to.include({
      state: 'suppressed',
      reason: 'The address has changed',
    });
  });

  it('sets access to invited, without an expiry, for an activation email', async () => {
    const { id: user_id, email } = await outbox.createUser(tenant);
    await outbox.queue(tenant, { template: 'accountActivation', user_id, to_address: email });
    await outbox.deliver();
    const mail = await outbox.mailbox.next(email);
    expect(mail.link).to.match(/\/account\/activate$/);
    expect(await outbox.findUser(tenant, user_id)).to.include({ access: 'invited', access_expires_at: null });
  });

  it('sets the expiry of access to that of the invitation link, in seven days', async () => {
    const { id: user_id, email } = await outbox.createUser(tenant);
    const id = await outbox.queue(tenant, { template: 'accountInvitation', user_id, to_address: email });
    await outbox.deliver();
    const user = await outbox.findUser(tenant, user_id);
    const { token_expires_at } = await outbox.email(tenant, id);
    expect(user['access_expires_at']).to.deep.equal(token_expires_at);
    expect(token_expires_at!.getTime() - Date.now()).to.be.closeTo(7 * 24 * 3600_000, 60_000);
  });

  it('sends the verification of a pending address to the pending address and stores that address with the token', async () => {
    const { id: user_id, email } = await outbox.createUser(tenant, { email_verified_at: new Date() });
    const pending = `new.${email}`;
    await outbox.sql('update app.users set pending_email = $2 where id = $1', [user_id, pending]);
    const variables = { purpose: 'change_email' };
    await outbox.queue(tenant, { template: 'verifyEmail', user_id, to_address: pending, variables });
    await outbox.deliver();
    const mail = await outbox.mailbox.next(pending);
    expect(mail.text).to.include(`Confirm that ${pending} is the new email address`);
    const [token] = await outbox.sql('select purpose, sent_to from app.one_time_tokens where user_id = $1', [
      user_id,
    ]);
    expect(token).to.deep.equal({ purpose: 'change_email', sent_to: pending });
  });
});
