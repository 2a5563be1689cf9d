import { expect } from 'chai';
import { parseSetCookie } from '../support/cookie-jar.ts';
import {
  createCustomer,
  createStaff,
  createTenant,
  submitLogin,
  PASSWORD,
  signedInCustomer,
  signedInStaff,
  signIn,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('the cookies', () => {
  let portal: TestPortal;
  let ours: TestTenant;
  let theirs: TestTenant;

  before(async () => {
    portal = await startPortal();
    ours = await createTenant(portal);
    theirs = await createTenant(portal);
  });
  after(() => portal.close());

  const signInCookie = async (host: string, path: string, name: string) => {
    const isStaff = host === ours.operations;
    const person = await (isStaff ? createStaff(portal, ours) : createCustomer(portal, ours));
    const { headers } = await submitLogin(new Visitor(portal, host), path, person);
    const lines = headers['set-cookie'] as unknown as string[];
    return parseSetCookie(lines.find((line) => line.startsWith(name))!);
  };

  it('of a customer’s session are bound to the host, and come along when a mail is followed', async () => {
    const { attributes } = await signInCookie(ours.account, '/account/login', '__Host-account=');
    expect(Object.fromEntries(attributes)).to.eql({ path: '/', httponly: '', secure: '', samesite: 'Lax' });
  });

  it('of a member of staff’s session stay behind when anybody leads here from elsewhere', async () => {
    const { attributes } = await signInCookie(ours.operations, '/login', '__Host-operations=');
    expect(Object.fromEntries(attributes)).to.eql({
      path: '/',
      httponly: '',
      secure: '',
      samesite: 'Strict',
    });
  });

  it('last as long as the sign-in when somebody asks to stay logged in', async () => {
    const { email } = await createCustomer(portal, ours);
    const page = await new Visitor(portal, ours.account).visit('/account/login');
    const visitor = new Visitor(portal, ours.account);
    const form = await visitor.visit(page.path);
    const answer = await visitor.postFrom(form, '/account/login', {
      username: email,
      password: PASSWORD,
      remember: '1',
    });
    const line = (answer.headers['set-cookie'] as unknown as string[]).find((each) =>
      each.startsWith('__Host-account='),
    )!;
    const days = (Date.parse(parseSetCookie(line).attributes.get('expires')!) - Date.now()) / 86_400_000;
    expect(days).to.be.within(13.9, 14.1);
  });

  it('of somebody signed out hold no session: a page writes none', async () => {
    const visitor = new Visitor(portal, ours.account);
    await visitor.visit('/account/login');
    expect(visitor.cookies.names()).to.eql(['__Host-csrf']);
    const { rows } = await portal.owner.query<{ count: number }>('select count(*)::int from sessions');
    await visitor.visit('/account/forgot-password');
    await visitor.visit('/account');
    const after = await portal.owner.query<{ count: number }>('select count(*)::int from sessions');
    expect(after.rows).to.eql(rows);
  });

  it('are stored so that a reader of the database cannot use them', async () => {
    const customer = await signedInCustomer(portal, ours);
    const sid = decodeURIComponent(customer.cookies.get('__Host-account')!)
      .slice(2)
      .split('.')
      .slice(0, 2)
      .join('.');
    const { rows } = await portal.owner.query<{ sid: string }>('select sid from sessions');
    expect(rows.length).to.be.greaterThan(0);
    expect(rows.map((row) => row.sid).join()).not.to.include(sid);
    expect(rows.map((row) => row.sid).join()).not.to.include(sid.split('.')[1]!);
  });

  it('of one portal are nothing on the other, nor in its place', async () => {
    const customer = await signedInCustomer(portal, ours);
    const staff = await signedInStaff(portal, ours);
    const stranger = new Visitor(portal, ours.operations);
    stranger.cookies.set('__Host-account', customer.cookies.get('__Host-account')!);
    stranger.cookies.set('__Host-operations', customer.cookies.get('__Host-account')!);
    expect((await stranger.visit('/users')).path).to.equal('/login');
    const other = new Visitor(portal, ours.account);
    other.cookies.set('__Host-account', staff.cookies.get('__Host-operations')!);
    expect((await other.visit('/account')).path).to.equal('/account/login');
  });

  it('of one tenant are nothing at another', async () => {
    const email = 'same.person@example.com';
    await createCustomer(portal, theirs, { email });
    const person = await createCustomer(portal, ours, { email });
    const customer = await signIn(portal, ours.account, person);
    const elsewhere = new Visitor(portal, theirs.account);
    for (const name of customer.cookies.names()) elsewhere.cookies.set(name, customer.cookies.get(name)!);
    expect((await elsewhere.visit('/account')).path).to.equal('/account/login');
    const staff = await signedInStaff(portal, ours);
    const otherStaff = new Visitor(portal, theirs.operations);
    otherStaff.cookies.set('__Host-operations', staff.cookies.get('__Host-operations')!);
    expect((await otherStaff.visit('/users')).path).to.equal('/login');
    // And they still work where they belong.
    expect((await customer.visit('/account')).status).to.equal(200);
  });

  it('of three portals live side by side: leaving one leaves the others', async () => {
    const customer = await signedInCustomer(portal, ours);
    const staff = await signedInStaff(portal, ours);
    await customer.postFrom(await customer.visit('/account'), '/account/logout');
    expect((await customer.visit('/account')).path).to.equal('/account/login');
    expect((await staff.visit('/users')).path).to.equal('/users');
  });

  it('that were altered are as good as none', async () => {
    const customer = await signedInCustomer(portal, ours);
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

  it('that are no text at all break no page', async () => {
    const visitor = new Visitor(portal, ours.account);
    for (const name of ['csrf', 'notice', 'link-0123456789abcdef', 'device']) {
      visitor.cookies.set(`__Host-${name}`, 'j:{"a":1}');
      expect((await visitor.visit('/account/login')).status, name).to.equal(200);
    }
  });

  it('with a notice are shown once, to their own host alone, and cannot be written by others', async () => {
    const visitor = new Visitor(portal, ours.account);
    await visitor.get('/account');
    const notice = visitor.cookies.get('__Host-notice')!;
    expect((await visitor.visit('/account/login')).text).to.include('Log in to continue.');
    expect((await visitor.visit('/account/login')).text).not.to.include('Log in to continue.');

    const elsewhere = new Visitor(portal, theirs.account);
    elsewhere.cookies.set('__Host-notice', notice);
    expect((await elsewhere.visit('/account/login')).text).not.to.include('Log in to continue.');
    const [payload, signature] = notice.split('.');
    const forged = Buffer.from(
      Buffer.from(payload!, 'base64url').toString().replace('Log in', 'Pay now'),
    ).toString('base64url');
    const victim = new Visitor(portal, ours.account);
    for (const altered of [`${forged}.${signature}`, `${forged}.`, forged, '.', 'x.y']) {
      victim.cookies.set('__Host-notice', altered);
      expect((await victim.visit('/account/login')).text).not.to.include('Pay now');
    }
  });

  it('lose their prefix on plain http where browsers would not keep it, and only there', async () => {
    await portal.owner.query(`insert into tenant_domains values ('plain.example', $1, now())`, [ours.id]);
    portal.directory.clear();
    const person = await createCustomer(portal, ours);
    const visitor = await signIn(portal, 'plain.example', person);
    expect(visitor.cookies.names()).to.include('account');
    expect((await visitor.visit('/account')).status).to.equal(200);
  });
});
