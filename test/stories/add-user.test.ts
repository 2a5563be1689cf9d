import { expect } from 'chai';
import { createCustomField, createTenant, signedInStaff, type TestTenant } from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('Story: a user added by staff', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal, { name: 'Harbour Storage' });
  });

  it('sets a password through "Forgot password?" and logs in', async () => {
    await createCustomField(portal, tenant, { title: 'Gate code', code: 'gate_code', is_required: true });
    const staff = await signedInStaff(portal, tenant, 'operations');
    const users = await (await staff.visit('/')).follow('Users');
    const form = await users.follow('Add user');
    const created = await form.submit('Create user', {
      'First name': 'Ada',
      'Last name': 'Lovelace',
      Email: 'ada@engines.example',
      'Gate code': '1815',
    });
    expect(created.flashes).to.include('Ada Lovelace was created. No email has been sent.');
    expect((await created.follow('Users')).rows('Ada Lovelace')).to.have.length(1);
    await portal.runMail();
    expect(portal.mailbox.messages).to.deep.equal([]);

    const letter = created.find('textarea')!.text;
    const ada = new Visitor(portal, tenant.account);
    const login = await ada.visit(/http\S+\/account\/login/.exec(letter)![0]);
    const forgot = await login.follow('Forgot password?');
    await forgot.submit('Send password reset email', { 'Email address': 'ada@engines.example' });
    const mail = await portal.mailbox.next('ada@engines.example');
    const reset = await ada.visit(mail.link);
    const done = await reset.submit('Save password', {
      'New password': 'the engine weaves algebraic patterns',
      ...(reset.html.includes('accept_terms') && { 'I agree to the Terms and Conditions': true }),
    });
    const account = await done.submit('Log in', {
      'Email address': 'ada@engines.example',
      Password: 'the engine weaves algebraic patterns',
    });
    expect(account.path).to.equal('/account');
    expect(account.flashes).to.include('Your email address is verified.');
    for (const words of ['Payment details', 'Units', 'Billing history'])
      expect(account.text).to.include(words);

    const page = await staff.visit(created.path);
    expect(page.badges).to.include('Active').and.not.include('Not verified');
    expect(page.rows('Reset your Harbour Storage password')).to.have.length(1);
  });
});
