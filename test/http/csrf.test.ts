import { expect } from 'chai';
import {
  createCustomer,
  createTenant,
  submitLogin,
  PASSWORD,
  signedInCustomer,
  signedInStaff,
  signIn,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import { signedInOperator } from '../platform/operator.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

const EXPIRED = 'This form has expired';
const FOREIGN = 'This form came from another site';

describe('CSRF protection', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let sibling: TestTenant;
  let person: TestPerson;
  let visitor: Visitor;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    sibling = await createTenant(portal);
    person = await createCustomer(portal, tenant);
  });
  beforeEach(async () => {
    visitor = await signIn(portal, tenant.account, person);
  });

  const tokenOn = async (browser: Visitor, path: string) =>
    (await browser.visit(path)).find('input[name="_csrf"]')!.getAttribute('value')!;

  const phone = async () =>
    (await portal.owner.query<{ phone: string | null }>('select phone from users where id = $1', [person.id]))
      .rows[0]!.phone;

  const refused = async (response: { status: number; text: string }, heading = EXPIRED) => {
    expect(response.status).to.equal(403);
    expect(response.text).to.include(heading);
    expect(await phone()).to.equal(null);
  };

  it('responds with 403 without a token and keeps the submitted fields except passwords', async () => {
    const response = await visitor.post('/account/profile', {
      phone: '+1 555 0100',
      current_password: 'secret words',
    });
    await refused(response);
    expect(response.text).to.include('value="+1 555 0100"').and.not.include('secret words');
    const page = await visitor.arrive('/account/profile', response);
    const kept = page.form('Submit again').values();
    expect(kept).to.include({ phone: '+1 555 0100', current_password: '' });
  });

  it('accepts the form when it is submitted again from the error page', async () => {
    const other = await signedInCustomer(portal, tenant);
    const profile = await other.visit('/account/profile');
    const fields = profile.form('Save changes').values();
    const response = await other.post('/account/profile', {
      ...fields,
      phone: '+1 555 0199',
      _csrf: 'stale',
    });
    const page = await other.arrive('/account/profile', response);
    expect(page.status).to.equal(403);
    expect((await page.submit('Submit again')).status).to.equal(200);
    expect((await other.visit('/account/profile')).html).to.include('+1 555 0199');
  });

  it('keeps a form after the login session has ended, for a submission after the next login', async () => {
    const other = await signedInCustomer(portal, tenant);
    const profile = await other.visit('/account/profile');
    const fields = { ...profile.form('Save changes').values(), phone: '+1 555 0177' };
    await portal.owner.query(
      `update login_sessions set last_seen_at = now() - interval '1 day' where user_id = $1`,
      [other.person.id],
    );
    const response = await other.postFrom(profile, '/account/profile', fields);
    expect(response.status).to.equal(403);
    const ended = await other.arrive('/account/profile', response);
    expect(ended.text).to.include('You were logged out.');

    await submitLogin(other, '/account/login', other.person);
    const renewed = await ended.submit('Submit again');
    expect((await renewed.submit('Submit again')).path).to.equal('/account/profile');
    expect((await other.visit('/account/profile')).html).to.include('+1 555 0177');
  });

  for (const name of ['account', 'operations', 'platform'] as const) {
    it(`keeps a form that is submitted after logging out in another tab at ${name}`, async () => {
      const { tab, path, button, fields, logIn } = await openForm(name);
      const form = await tab.visit(path);
      await (await tab.visit(path)).submit('Log out');
      const ended = await form.submit(button, fields);
      expect(ended.status).to.equal(403);
      expect(ended.text).to.include('You were logged out. We kept what you entered');
      expect(ended.links).to.include('Log in (opens in a new tab)');
      expect(ended.form('Submit again').values()).to.include(fields);

      const early = await ended.submit('Submit again');
      expect(early.text).to.include('You were logged out. We kept what you entered');
      await logIn();
      const renewed = await early.submit('Submit again');
      expect(renewed.text).to.include('We kept what you entered. Submit the form again.');
      const done = await renewed.submit('Submit again');
      expect(done.status).to.equal(200);
      expect(done.flashes).to.have.length(1);
    });
  }

  it('asks only for the passwords of a form again that is submitted after logging out', async () => {
    const form = await visitor.visit('/account/profile');
    await (await visitor.visit('/account')).submit('Log out');
    const fields = { current_password: PASSWORD, new_password: 'seven purple umbrellas' };
    const ended = await form.submit('Change password', fields);
    expect(ended.text).to.include('You were logged out.');
    expect(ended.html).to.not.include(PASSWORD).and.not.include('seven purple umbrellas');
    expect(ended.form('Submit again').names()).to.have.members(['current_password', 'new_password']);
  });

  it('asks to submit again, without logging in, for a stale form that anonymous users may submit', async () => {
    const anonymous = new Visitor(portal, tenant.account);
    const login = await anonymous.visit('/account/login');
    anonymous.cookies.clear();
    const stale = await login.submit('Log in', { username: person.email, password: PASSWORD });
    expect(stale.text).to.include('We kept what you entered. Submit the form again.');
    expect(stale.links).to.not.include('Log in (opens in a new tab)');
    const done = await stale.submit('Submit again', { password: PASSWORD });
    expect(done.path).to.equal('/account');
  });

  /** `logIn` logs in again in another tab of the same browser. */
  const openForm = async (name: 'account' | 'operations' | 'platform') => {
    if (name === 'account') {
      const tab = await signedInCustomer(portal, tenant);
      const fields = { phone: '+1 555 0142' };
      const logIn = () => submitLogin(tab, '/account/login', tab.person);
      return { tab, path: '/account/profile', button: 'Save changes', fields, logIn };
    }
    if (name === 'operations') {
      const tab = await signedInStaff(portal, tenant);
      const fields = { first_name: 'Ada', last_name: 'Kept', email: 'kept@x.example' };
      const logIn = () => submitLogin(tab, '/login', tab.person);
      return { tab, path: '/users/new', button: 'Create user', fields, logIn };
    }
    const tab = await signedInOperator(portal);
    const fields = { name: 'Kept', slug: 'kept', admin_email: 'kept@x.example' };
    const logIn = () => submitLogin(tab, '/login', { email: tab.operator.email, password: PASSWORD });
    return { tab, path: '/tenants/new', button: 'Create tenant', fields, logIn };
  };

  it('refuses tokens that are altered, of another session or from before the login', async () => {
    const good = await tokenOn(visitor, '/account/profile');
    const another = await tokenOn(await signIn(portal, tenant.account, person), '/account/profile');
    const before = await tokenOn(new Visitor(portal, tenant.account), '/account/login');
    const stale = await tokenOn(visitor, '/account/profile');
    for (const token of [`${good}x`, good.slice(1), another, before, ''])
      await refused(await visitor.post('/account/profile', { phone: '1', _csrf: token }));

    await visitor.post('/account/logout', { _csrf: stale });
    await submitLogin(visitor, '/account/login', person);
    await refused(await visitor.post('/account/profile', { phone: '1', _csrf: stale }));
  });

  it('refuses a token in the query or in a header', async () => {
    const token = await tokenOn(visitor, '/account/profile');
    await refused(await visitor.post(`/account/profile?_csrf=${encodeURIComponent(token)}`, { phone: '1' }));
    for (const name of ['CSRF-Token', 'XSRF-Token', 'X-CSRF-Token', 'X-XSRF-Token'])
      await refused(await visitor.post('/account/profile', { phone: '1' }, { headers: { [name]: token } }));
    await visitor.post('/account/profile', [`_csrf=${token}`, `_csrf=${token}`, 'phone=1'].join('&'));
    expect(await phone()).to.equal(null);
  });

  it('refuses a login form without a token', async () => {
    const anonymous = new Visitor(portal, tenant.account);
    const response = await anonymous.post('/account/login', { username: person.email, password: PASSWORD });
    expect(response.status).to.equal(403);
    expect(anonymous.cookies.names()).not.to.include('__Host-account');
  });

  const origins: Record<string, Record<string, string>> = {
    'from another site': { Origin: 'https://evil.test', 'Sec-Fetch-Site': 'cross-site' },
    'from a sibling tenant, which is same-site': { Origin: 'http://SIBLING', 'Sec-Fetch-Site': 'same-site' },
    'from a sibling tenant without Sec-Fetch-Site': { Origin: 'http://SIBLING', 'Sec-Fetch-Site': '' },
    'from the operations portal': { Origin: 'http://OPERATIONS', 'Sec-Fetch-Site': 'same-site' },
    'from another port of the host': { Origin: 'http://HOST:1', 'Sec-Fetch-Site': '' },
    'from another scheme of the host': { Origin: 'https://HOST', 'Sec-Fetch-Site': '' },
    'with Origin null': { Origin: 'null', 'Sec-Fetch-Site': '' },
    'with Origin null and Sec-Fetch-Site same-origin': { Origin: 'null', 'Sec-Fetch-Site': 'same-origin' },
    'without Origin, Sec-Fetch-Site and Referer': { Origin: '', 'Sec-Fetch-Site': '', Referer: '' },
    'with the Referer of another site': {
      Origin: '',
      'Sec-Fetch-Site': '',
      Referer: 'https://evil.test/http://HOST/',
    },
    'with Sec-Fetch-Site none': { Origin: '', 'Sec-Fetch-Site': 'none' },
    'with the Origin of a sibling and Sec-Fetch-Site same-origin': {
      Origin: 'http://SIBLING',
      'Sec-Fetch-Site': 'same-origin',
    },
  };
  for (const [name, headers] of Object.entries(origins)) {
    it(`refuses a request ${name}, even with a valid token`, async () => {
      const _csrf = await tokenOn(visitor, '/account/profile');
      const written = Object.entries(headers).map(([key, value]) => [
        key,
        value
          .replace('SIBLING', sibling.account)
          .replace('OPERATIONS', tenant.operations)
          .replace('HOST', tenant.account),
      ]);
      const sent = Object.fromEntries(written) as Record<string, string>;
      await refused(
        await visitor.post('/account/profile', { phone: '1', _csrf }, { headers: sent }),
        FOREIGN,
      );
    });
  }

  it('accepts the Referer of a browser that sends no Origin', async () => {
    const other = await signedInCustomer(portal, tenant);
    const _csrf = await tokenOn(other, '/account/profile');
    const headers = { Origin: '', 'Sec-Fetch-Site': '', Referer: `http://${tenant.account}/account/profile` };
    const { status } = await other.post('/account/logout', { _csrf }, { headers });
    expect(status).to.equal(303);
  });

  it('refuses to log out through a forged form or a link', async () => {
    await refused(await visitor.post('/account/logout'));
    expect((await visitor.get('/account/logout')).status).to.equal(405);
    expect((await visitor.visit('/account')).path).to.equal('/account');
  });
});
