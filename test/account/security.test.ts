import { expect } from 'chai';
import { createCustomer, createTenant, signIn, type TestTenant } from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { findEventNamesOf } from '../support/audit.ts';

const iPhone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';
const windows =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36 Edg/150.0.0.0';

describe('Security', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  it('lists the logged-in devices with their IP addresses and marks the current device', async () => {
    const ada = await createCustomer(portal, tenant);
    await signIn(portal, tenant.account, ada, { userAgent: iPhone, address: '203.0.113.7' });
    const here = await signIn(portal, tenant.account, ada, { userAgent: windows, address: '203.0.113.8' });
    const page = await here.visit('/account/security');
    expect(page.text).to.include("Where you're logged in");
    const [first, second, ...others] = page.rows();
    expect(first).to.match(/^Edge on Windows This device 203\.0\.113\.8 /);
    expect(second).to.match(/^Safari on iPhone 203\.0\.113\.7 /);
    expect(others).to.deep.equal([]);
  });

  it('logs out all devices except the current one', async () => {
    const ada = await createCustomer(portal, tenant);
    const there = await signIn(portal, tenant.account, ada);
    const here = await signIn(portal, tenant.account, ada);
    const done = await (await here.visit('/account/security')).submit('Log out other devices');
    expect(done.flashes).to.deep.equal(['All other devices have been logged out.']);
    expect(done.rows()).to.have.length(1);
    expect(done.text).to.include('You are logged in on this device only.');
    expect(done.buttons).to.not.include('Log out other devices');
    expect((await there.visit('/account')).path).to.equal('/account/login');
    expect((await here.visit('/account')).path).to.equal('/account');
    expect(await findEventNamesOf(portal, ada.id)).to.include('user.logged_out_elsewhere');
  });

  it('records nothing when no other device is logged in', async () => {
    const ada = await createCustomer(portal, tenant);
    const here = await signIn(portal, tenant.account, ada);
    const page = await here.visit('/account/security');
    for (let n = 0; n < 2; n += 1) await here.postFrom(page, '/account/security/other-devices/logout');
    expect(await findEventNamesOf(portal, ada.id)).to.not.include('user.logged_out_elsewhere');
  });

  it('neither shows nor logs out the devices of another customer', async () => {
    const ada = await signIn(portal, tenant.account, await createCustomer(portal, tenant));
    const grace = await signIn(portal, tenant.account, await createCustomer(portal, tenant));
    const page = await ada.visit('/account/security');
    expect(page.rows()).to.have.length(1);
    await ada.postFrom(page, '/account/security/other-devices/logout');
    expect((await grace.visit('/account')).path).to.equal('/account');
  });

  it('does not list devices that are logged out or idle for too long', async () => {
    const person = await createCustomer(portal, tenant);
    const out = await signIn(portal, tenant.account, person);
    await (await out.visit('/account')).submit('Log out');
    await signIn(portal, tenant.account, person);
    await portal.owner.query(
      `update login_sessions set last_seen_at = now() - interval '31 minutes' where user_id = $1`,
      [person.id],
    );
    const here = await signIn(portal, tenant.account, person);
    expect((await here.visit('/account/security')).rows()).to.have.length(1);
  });

  it('redirects anonymous users to the login page', async () => {
    const login = await new Visitor(portal, tenant.account).visit('/account/security');
    expect(login.path).to.equal('/account/login');
    expect(login.form('Log in').values()['next']).to.equal('/account/security');
  });
});
