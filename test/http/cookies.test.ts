import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { parseSetCookie } from '../support/cookie-jar.ts';
import {
  createCustomer,
  createDomain,
  createStaff,
  createTenant,
  submitLogin,
  signedInCustomer,
  signedInStaff,
  signIn,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

const SECRET_KEYS = 'the first secret of the cookie tests,the second secret of the cookie tests';

interface NoticeContent {
  name: string;
  host: string;
  expiresAt: number;
}

describe('Cookie handling', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let otherTenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    otherTenant = await createTenant(portal);
  });
  after(() => portal.close());

  const sessionCookie = async (host: string, path: string, name: string) => {
    const isStaff = host === tenant.operations;
    const person = await (isStaff ? createStaff(portal, tenant) : createCustomer(portal, tenant));
    const { headers } = await submitLogin(new Visitor(portal, host), path, person);
    const lines = headers['set-cookie'] as unknown as string[];
    return parseSetCookie(lines.find((line) => line.startsWith(name))!);
  };

  it('sets the session cookie of customers as a Lax host cookie', async () => {
    const { attributes } = await sessionCookie(tenant.account, '/account/login', '__Host-account=');
    expect(Object.fromEntries(attributes)).to.eql({ path: '/', httponly: '', secure: '', samesite: 'Lax' });
  });

  it('sets the session cookie of staff as a Strict host cookie', async () => {
    const { attributes } = await sessionCookie(tenant.operations, '/login', '__Host-operations=');
    expect(Object.fromEntries(attributes)).to.eql({
      path: '/',
      httponly: '',
      secure: '',
      samesite: 'Strict',
    });
  });

  it('stores no session for anonymous users', async () => {
    const visitor = new Visitor(portal, tenant.account);
    await visitor.visit('/account/login');
    expect(visitor.cookies.names()).to.eql(['__Host-csrf']);
    const { rows } = await portal.owner.query<{ count: number }>('select count(*)::int from sessions');
    await visitor.visit('/account/forgot-password');
    await visitor.visit('/account');
    const after = await portal.owner.query<{ count: number }>('select count(*)::int from sessions');
    expect(after.rows).to.eql(rows);
  });

  it('stores only hashes of session ids', async () => {
    const customer = await signedInCustomer(portal, tenant);
    const sid = decodeURIComponent(customer.cookies.get('__Host-account')!).slice(2).split('.')[0]!;
    expect(sid).to.have.length(43);
    const { rows } = await portal.owner.query<{ sid: string }>('select sid from sessions');
    expect(rows.length).to.be.greaterThan(0);
    expect(rows.map((row) => row.sid).join()).not.to.include(sid);
  });

  it('ignores the session of one portal in another portal', async () => {
    const customer = await signedInCustomer(portal, tenant);
    const staff = await signedInStaff(portal, tenant);
    const visitor = new Visitor(portal, tenant.operations);
    visitor.cookies.set('__Host-account', customer.cookies.get('__Host-account')!);
    visitor.cookies.set('__Host-operations', customer.cookies.get('__Host-account')!);
    expect((await visitor.visit('/users')).path).to.equal('/login');
    const other = new Visitor(portal, tenant.account);
    other.cookies.set('__Host-account', staff.cookies.get('__Host-operations')!);
    expect((await other.visit('/account')).path).to.equal('/account/login');
  });

  it('ignores the cookies of one tenant at another tenant', async () => {
    const email = 'same.person@example.com';
    await createCustomer(portal, otherTenant, { email });
    const person = await createCustomer(portal, tenant, { email });
    const customer = await signIn(portal, tenant.account, person);
    const elsewhere = new Visitor(portal, otherTenant.account);
    for (const name of customer.cookies.names()) elsewhere.cookies.set(name, customer.cookies.get(name)!);
    elsewhere.cookies.delete('__Host-csrf');
    expect((await elsewhere.visit('/account')).path).to.equal('/account/login');
    // The session of the other tenant would already contain a CSRF secret.
    expect(elsewhere.cookies.names()).to.include('__Host-csrf');
    const staff = await signedInStaff(portal, tenant);
    const otherStaff = new Visitor(portal, otherTenant.operations);
    otherStaff.cookies.set('__Host-operations', staff.cookies.get('__Host-operations')!);
    expect((await otherStaff.visit('/users')).path).to.equal('/login');
    expect((await customer.visit('/account')).status).to.equal(200);
  });

  it('keeps the session of the operations portal when the user logs out of the customer portal', async () => {
    const customer = await signedInCustomer(portal, tenant);
    const staff = await signedInStaff(portal, tenant);
    await customer.postFrom(await customer.visit('/account'), '/account/logout');
    expect((await customer.visit('/account')).path).to.equal('/account/login');
    expect((await staff.visit('/users')).path).to.equal('/users');
  });

  it('ignores altered session cookies', async () => {
    const customer = await signedInCustomer(portal, tenant);
    const good = customer.cookies.get('__Host-account')!;
    for (const altered of [
      good.slice(0, -2),
      `${good}x`,
      good.replace('s%3A', ''),
      'x'.repeat(5000),
      '%00',
      's%3A..',
      'j:{"a":1}',
      'j%3A%5B1%5D',
    ]) {
      customer.cookies.set('__Host-account', altered);
      expect((await customer.visit('/account')).path, altered.slice(0, 20)).to.equal('/account/login');
    }
  });

  it('ignores cookies that the parser reads as objects', async () => {
    const visitor = new Visitor(portal, tenant.account);
    for (const name of ['csrf', 'notice', 'link-0123456789abcdef', 'device']) {
      visitor.cookies.set(`__Host-${name}`, 'j:{"a":1}');
      expect((await visitor.visit('/account/login')).status, name).to.equal(200);
    }
  });

  it('shows a notice once and only on its host, and ignores a forged notice', async () => {
    const visitor = new Visitor(portal, tenant.account);
    await visitor.get('/account');
    const notice = visitor.cookies.get('__Host-notice')!;
    expect((await visitor.visit('/account/login')).text).to.include('Log in to continue.');
    expect((await visitor.visit('/account/login')).text).not.to.include('Log in to continue.');

    const elsewhere = new Visitor(portal, otherTenant.account);
    elsewhere.cookies.set('__Host-notice', notice);
    expect((await elsewhere.visit('/account/login')).text).not.to.include('Log in to continue.');
    const [, name, host, expiry, payload, signature] = /^s:(.+)\|(.+)\|(.+)\|([\w-]+)\.(.+)$/.exec(notice)!;
    const forgedPayload = Buffer.from(payload!, 'base64url').toString().replace('Log in', 'Pay now');
    expect(forgedPayload).to.include('Pay now');
    const forged = [name, host, expiry, Buffer.from(forgedPayload).toString('base64url')].join('|');
    const victim = new Visitor(portal, tenant.account);
    for (const altered of [`s:${forged}.${signature}`, `s:${forged}.`, `s:${forged}`, forged, 's:.', 'x.y']) {
      victim.cookies.set('__Host-notice', altered);
      expect((await victim.visit('/account/login')).text).not.to.include('Pay now');
    }
  });

  it('accepts a cookie signed with any configured key only under its name, on its host and before its expiry', async () => {
    const [first, second] = SECRET_KEYS.split(',') as [string, string];
    const rotated = await startPortal({ env: { SECRET_KEYS } });
    try {
      const { account: host } = await createTenant(rotated);
      const isShown = async (key: string, changes: Partial<NoticeContent>) => {
        const expiresAt = Math.floor(Date.now() / 1000) + 60;
        const content = { name: 'notice', host, expiresAt, ...changes };
        const visitor = new Visitor(rotated, host);
        visitor.cookies.set('__Host-notice', signedNotice(content, key));
        return (await visitor.visit('/account/login')).text.includes('Hello there');
      };
      expect(await isShown(first, {})).to.equal(true);
      expect(await isShown(second, {})).to.equal(true);
      expect(await isShown('a key that the portal does not have, ever', {})).to.equal(false);
      expect(await isShown(first, { name: 'device' })).to.equal(false);
      expect(await isShown(first, { host: `other.${host}` })).to.equal(false);
      expect(await isShown(first, { expiresAt: Math.floor(Date.now() / 1000) - 1 })).to.equal(false);
    } finally {
      await rotated.close();
    }
  });

  it('sets cookies without prefix on plain http hosts that browsers do not trust', async () => {
    await createDomain(portal, tenant, 'plain.example');
    const person = await createCustomer(portal, tenant);
    const visitor = await signIn(portal, 'plain.example', person);
    expect(visitor.cookies.names()).to.include('account');
    expect((await visitor.visit('/account')).status).to.equal(200);
  });
});

/** The cookie that the portal sets for a notice "Hello there". */
function signedNotice({ name, host, expiresAt }: NoticeContent, key: string): string {
  const payload = Buffer.from(JSON.stringify({ text: 'Hello there' })).toString('base64url');
  const text = [name, host, expiresAt, payload].join('|');
  const signature = createHmac('sha256', key).update(text).digest('base64').replace(/=+$/, '');
  return `s:${text}.${signature}`;
}
