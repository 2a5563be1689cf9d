import { expect } from 'chai';
import { findEventsOf } from '../support/audit.ts';
import { createCompany, createCustomer, createTenant, type TestTenant } from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { receiveEmail, userRow } from '../support/rows.ts';
import { Visitor } from '../support/visitor.ts';

const PASSWORD = { 'New password': 'three random words', accept_terms: true };

describe('A user without a name', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  const nameless = async () => {
    const company = await createCompany(portal, tenant);
    return createCustomer(portal, tenant, { company, password: null, first_name: null, last_name: null });
  };
  const open = async (person: { id: string; email: string }, template: 'setPassword' | 'accountInvitation') =>
    new Visitor(portal, tenant.account).visit((await receiveEmail(portal, tenant, person, template)).link);

  it('is asked for it with the first password, which is saved and recorded', async () => {
    const person = await nameless();
    const page = await open(person, 'setPassword');
    const refused = await page.submit('Submit', { ...PASSWORD, 'First name': 'Cher' });
    expect(refused.errors).to.deep.equal(['Enter a last name']);
    await refused.submit('Submit', { ...PASSWORD, 'First name': 'Cher', 'I have one name': true });
    expect(await userRow(portal, person.id)).to.include({
      first_name: 'Cher',
      last_name: null,
      name: 'Cher',
    });
    const [updated] = (await findEventsOf(portal, person.id)).filter(({ event }) => event === 'user.updated');
    expect(updated!.changes).to.deep.equal({ first_name: [null, 'Cher'] });
  });

  it('is asked on the page of the invitation, and may leave it empty', async () => {
    const named = await nameless();
    const page = await open(named, 'accountInvitation');
    await page.submit('Accept invitation', { ...PASSWORD, 'First name': 'Ada', 'Last name': 'King' });
    expect((await userRow(portal, named.id))['name']).to.equal('Ada King');
    const silent = await nameless();
    const done = await (await open(silent, 'accountInvitation')).submit('Accept invitation', PASSWORD);
    expect(done.path).to.match(/^\/account/);
    expect((await userRow(portal, silent.id))['name']).to.equal('');
  });

  it('cannot use the given name as the password', async () => {
    const page = await open(await nameless(), 'setPassword');
    const refused = await page.submit('Submit', {
      ...PASSWORD,
      'First name': 'Bartholomew',
      'Last name': 'Quux',
      'New password': 'bartholomewquux1',
    });
    expect(refused.errors[0]).to.include('words from your name');
  });

  it('is not asked again, and a user with a name cannot change it', async () => {
    const person = await createCustomer(portal, tenant, {
      password: null,
      first_name: 'Ada',
      last_name: 'King',
    });
    const visitor = new Visitor(portal, tenant.account);
    const page = await visitor.visit((await receiveEmail(portal, tenant, person, 'setPassword')).link);
    expect(page.find('[name="first_name"]')).to.equal(null);
    const forged = {
      new_password: 'three random words',
      accept_terms: '1',
      first_name: 'Eve',
      last_name: 'Mallory',
    };
    await visitor.postFrom(page, '/account/set-password', forged);
    expect(await userRow(portal, person.id)).to.include({ name: 'Ada King', access: 'active' });
  });
});
