import { expect } from 'chai';
import { createTenant, signedInCustomer, type TestTenant } from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

describe('A change of the own name', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  const requestsOf = (userId: string) =>
    sql<Record<string, string | null>>(
      portal,
      'select kind, status, first_name, last_name, comment from requests where user_id = $1 order by id',
      [userId],
    );

  it('is asked for from the profile and changes nothing before staff approve it', async () => {
    const ada = await signedInCustomer(portal, tenant, { first_name: 'Ada', last_name: 'Byron' });
    const form = await (await ada.visit('/account/profile')).follow('Ask us to change it Last name');
    const fields = { 'First name': 'Ada', 'Last name': 'Lovelace', Comment: 'Married' };
    const sent = await form.submit('Send request', fields);
    expect(sent.flashes).to.eql(['Your request was sent. We will tell you what was decided.']);
    expect(sent.text).to.include('Waiting for a decision').and.include('Ada Lovelace');
    expect(await requestsOf(ada.person.id)).to.eql([
      {
        kind: 'name_change',
        status: 'requested',
        first_name: 'Ada',
        last_name: 'Lovelace',
        comment: 'Married',
      },
    ]);
    expect((await ada.visit('/account/profile')).text).to.include('Byron');
  });

  it('can be withdrawn and asked for again', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const send = async () =>
      (await ada.visit('/account/profile/name')).submit('Send request', { 'Last name': 'King' });
    const page = await (await send()).submit('Withdraw request');
    expect(page.flashes).to.eql(['Your request was withdrawn.']);
    await send();
    expect((await requestsOf(ada.person.id)).map(({ status }) => status)).to.eql(['withdrawn', 'requested']);
  });

  it('is refused without a name and while another is open', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const form = await ada.visit('/account/profile/name');
    const empty = await form.submit('Send request', { 'First name': '', 'Last name': '' });
    expect(empty.errors).to.eql(['Enter a first name', 'Enter a last name']);
    const other = await ada.visit('/account/profile/name');
    await form.submit('Send request', { 'Last name': 'King' });
    const again = await other.submit('Send request', { 'Last name': 'Queen' });
    expect(again.status).to.equal(422);
    expect(await requestsOf(ada.person.id)).to.have.length(1);
  });

  it('returns 404 when there is nothing to withdraw', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const form = await ada.visit('/account/profile/name');
    expect((await ada.postFrom(form, '/account/profile/name/withdrawal')).status).to.equal(404);
  });

  it('is in Arabic for a customer who reads Arabic', async () => {
    const ada = await signedInCustomer(portal, tenant, { locale: 'ar' });
    expect((await ada.visit('/account/profile/name')).h1).to.equal('تغيير اسمك');
  });

  it('redirects anonymous users to the login page', async () => {
    const login = await new Visitor(portal, tenant.account).visit('/account/profile/name');
    expect(login.path).to.equal('/account/login');
  });
});
