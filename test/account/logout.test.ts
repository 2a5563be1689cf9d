import { expect } from 'chai';
import { findAuditEvents } from '../support/audit.ts';
import { createTenant, signedInCustomer, type TestTenant } from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('Logging out of the customer portal', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  it('revokes the session, also for a copy of its cookie', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const account = await ada.visit('/account');
    const cookie = ada.cookies.header({ isCrossSite: false });
    const login = await account.submit('Log out');
    expect(login.path).to.equal('/account/login');
    expect(login.flashes).to.deep.equal(['You have been logged out.']);
    const copy = await new Visitor(portal, tenant.account).get('/account', { headers: { Cookie: cookie } });
    expect(copy.status).to.equal(303);
    const { name } = ada.person;
    const [event] = await findAuditEvents(portal, tenant, 'user.logged_out');
    expect(event).to.deep.include({ actor_name: name, target_name: name });
  });

  it('clears the session cookie and sets no new one', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const response = await ada.postFrom(await ada.visit('/account'), '/account/logout');
    const cookies = response.headers['set-cookie'] as unknown as string[];
    expect(cookies.filter((cookie) => cookie.startsWith('__Host-account='))).to.deep.equal([
      '__Host-account=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax',
    ]);
    expect(cookies.map((cookie) => cookie.split('=')[0])).to.have.members([
      '__Host-account',
      '__Host-notice',
    ]);
  });

  it('stores no session and sets no cookie for an anonymous user', async () => {
    const visitor = new Visitor(portal, tenant.account);
    const login = await visitor.visit('/account/login');
    const count = async () =>
      (await portal.owner.query<{ n: number }>('select count(*)::int n from sessions')).rows[0]!.n;
    const before = await count();
    for (const path of ['/account/logout', '/account/invitation/logout']) {
      const response = await visitor.postFrom(login, path);
      expect(response.status, path).to.equal(303);
      expect(response.headers, path).to.not.have.any.keys('set-cookie', 'clear-site-data');
    }
    expect(await count()).to.equal(before);
  });

  it('redirects anonymous users to the login page', async () => {
    const visitor = new Visitor(portal, tenant.account);
    const response = await visitor.postFrom(await visitor.visit('/account/login'), '/account/logout');
    expect(response.status).to.equal(303);
    expect(response.headers['location']).to.equal('/account/login');
  });
});
