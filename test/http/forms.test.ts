import { expect } from 'chai';
import {
  createCustomer,
  createTenant,
  submitLogin,
  PASSWORD,
  signedInCustomer,
  signIn,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

const EXPIRED = 'Your form had expired';
const FOREIGN = 'This form came from another site';

describe('a form that was not sent from our page', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let sibling: TestTenant;
  let person: TestPerson;
  let visitor: Visitor;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    sibling = await createTenant(portal);
    person = await createCustomer(portal, tenant);
  });
  beforeEach(async () => {
    visitor = await signIn(portal, tenant.account, person);
  });
  after(() => portal.close());

  const tokenOn = async (who: Visitor, path: string) =>
    (await who.visit(path)).find('input[name="_csrf"]')!.getAttribute('value')!;

  const phone = async () =>
    (await portal.owner.query<{ phone: string | null }>('select phone from users where id = $1', [person.id]))
      .rows[0]!.phone;

  const refused = async (answer: { status: number; text: string }, heading = EXPIRED) => {
    expect(answer.status).to.equal(403);
    expect(answer.text).to.include(heading);
    expect(await phone()).to.equal(null);
  };

  it('is refused without a token, says so kindly, and keeps what was typed', async () => {
    const answer = await visitor.post('/account/profile', {
      phone: '+1 555 0100',
      current_password: 'secret words',
    });
    await refused(answer);
    expect(answer.text).to.include('value="+1 555 0100"').and.not.include('secret words');
    const page = await visitor.arrive('/account/profile', answer);
    const kept = page.form('Submit again').values();
    expect(kept).to.include({ phone: '+1 555 0100', current_password: '' });
  });

  it('can be sent again from the page that says so', async () => {
    const other = await signedInCustomer(portal, tenant);
    const profile = await other.visit('/account/profile');
    const fields = profile.form('Save changes').values();
    const answer = await other.post('/account/profile', { ...fields, phone: '+1 555 0199', _csrf: 'stale' });
    const page = await other.arrive('/account/profile', answer);
    expect(page.status).to.equal(403);
    expect((await page.submit('Submit again')).status).to.equal(200);
    expect((await other.visit('/account/profile')).html).to.include('+1 555 0199');
  });

  it('keeps what was typed while the sign-in ended, and can be sent after logging in elsewhere', async () => {
    const other = await signedInCustomer(portal, tenant);
    const profile = await other.visit('/account/profile');
    const fields = { ...profile.form('Save changes').values(), phone: '+1 555 0177' };
    await portal.owner.query(
      `update login_sessions set last_seen_at = now() - interval '1 day' where user_id = $1`,
      [other.person.id],
    );
    const answer = await other.postFrom(profile, '/account/profile', fields);
    expect(answer.status).to.equal(403);
    const ended = await other.arrive('/account/profile', answer);
    expect(ended.text).to.include('You were logged out meanwhile.');

    await submitLogin(other, '/account/login', other.person);
    const renewed = await ended.submit('Submit again');
    expect((await renewed.submit('Submit again')).path).to.equal('/account/profile');
    expect((await other.visit('/account/profile')).html).to.include('+1 555 0177');
  });

  it('is refused with a token that was altered, of another session, or of before the login', async () => {
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

  it('is refused with its token in the address or in a header: in the form alone it counts', async () => {
    const token = await tokenOn(visitor, '/account/profile');
    await refused(await visitor.post(`/account/profile?_csrf=${encodeURIComponent(token)}`, { phone: '1' }));
    for (const name of ['CSRF-Token', 'XSRF-Token', 'X-CSRF-Token', 'X-XSRF-Token'])
      await refused(await visitor.post('/account/profile', { phone: '1' }, { headers: { [name]: token } }));
    await visitor.post('/account/profile', [`_csrf=${token}`, `_csrf=${token}`, 'phone=1'].join('&'));
    expect(await phone()).to.equal(null);
  });

  it('is refused before the login too: nobody is signed in as somebody else', async () => {
    const stranger = new Visitor(portal, tenant.account);
    const answer = await stranger.post('/account/login', { username: person.email, password: PASSWORD });
    expect(answer.status).to.equal(403);
    expect(stranger.cookies.names()).not.to.include('__Host-account');
  });

  const origins: Record<string, Record<string, string>> = {
    'of another site': { Origin: 'https://evil.test', 'Sec-Fetch-Site': 'cross-site' },
    'of a sibling tenant, which is same-site': { Origin: 'http://SIBLING', 'Sec-Fetch-Site': 'same-site' },
    'of a sibling tenant, in an old browser': { Origin: 'http://SIBLING', 'Sec-Fetch-Site': '' },
    'of our operations portal': { Origin: 'http://OPERATIONS', 'Sec-Fetch-Site': 'same-site' },
    'of our host on another port': { Origin: 'http://HOST:1', 'Sec-Fetch-Site': '' },
    'of our host over another scheme': { Origin: 'https://HOST', 'Sec-Fetch-Site': '' },
    'of nowhere': { Origin: 'null', 'Sec-Fetch-Site': '' },
    'of nowhere, though the browser calls it ours': { Origin: 'null', 'Sec-Fetch-Site': 'same-origin' },
    'of a page that hides itself': { Origin: '', 'Sec-Fetch-Site': '', Referer: '' },
    'of another site by its referer': {
      Origin: '',
      'Sec-Fetch-Site': '',
      Referer: 'https://evil.test/http://HOST/',
    },
    'typed into the address bar': { Origin: '', 'Sec-Fetch-Site': 'none' },
    'whose two witnesses differ': { Origin: 'http://SIBLING', 'Sec-Fetch-Site': 'same-origin' },
  };
  for (const [name, headers] of Object.entries(origins)) {
    it(`is refused as one ${name}, even with a good token`, async () => {
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

  it('is believed by its Referer alone where a browser sends nothing else', async () => {
    const other = await signedInCustomer(portal, tenant);
    const _csrf = await tokenOn(other, '/account/profile');
    const headers = { Origin: '', 'Sec-Fetch-Site': '', Referer: `http://${tenant.account}/account/profile` };
    const { status } = await other.post('/account/logout', { _csrf }, { headers });
    expect(status).to.equal(303);
  });

  it('logs nobody out, and neither does a link', async () => {
    await refused(await visitor.post('/account/logout'));
    expect((await visitor.get('/account/logout')).status).to.equal(404);
    expect((await visitor.visit('/account')).path).to.equal('/account');
  });
});
