import { expect } from 'chai';
import {
  changeTenant,
  createCustomer,
  createStaff,
  createTenant,
  signedInCustomer,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('Logging in to the customer portal', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal, { name: 'Acme Storage' });
  });
  after(() => portal.close());

  const stranger = () => new Visitor(portal, tenant.account);

  it('leads from the start page to the account', async () => {
    const ada = await createCustomer(portal, tenant, { first_name: 'Ada' });
    const login = await stranger().visit('/');
    expect(login.path).to.equal('/account/login');
    expect(login.flashes).to.deep.equal(['Log in to continue.']);
    const account = await login.submit('Log in', { 'Email address': ada.email, Password: ada.password });
    expect(account.path).to.equal('/account');
    expect(account.h1).to.equal('Hello, Ada');
  });

  it('leads on to the page that was asked for, and never to another host', async () => {
    const ada = await createCustomer(portal, tenant);
    const fields = { 'Email address': ada.email, Password: ada.password };
    const asked = await (await stranger().visit('/account/security')).submit('Log in', fields);
    expect(asked.path).to.equal('/account/security');
    for (const next of ['//evil.example', 'https://evil.example/', '/\\evil.example', '/account/logout']) {
      const login = await stranger().visit(`/account/login?next=${encodeURIComponent(next)}`);
      expect((await login.submit('Log in', fields)).path, next).to.equal('/account');
    }
  });

  it('takes the address in any case, with spaces around it', async () => {
    const ada = await createCustomer(portal, tenant, { email: 'case@example.com' });
    const login = await stranger().visit('/account/login');
    const fields = { 'Email address': '  CASE@Example.com ', Password: ada.password };
    expect((await login.submit('Log in', fields)).path).to.equal('/account');
  });

  it('says what is missing, and keeps the address', async () => {
    const login = await stranger().visit('/account/login');
    const refused = await login.submit('Log in', { 'Email address': 'nobody', Password: '' });
    expect(refused.status).to.equal(422);
    expect(refused.title).to.match(/^Error: Log in/);
    expect(refused.errors).to.deep.equal([
      'Enter an email address in the correct format, like name@example.com',
      'Enter your password',
    ]);
    expect(refused.form('Log in').values()).to.deep.include({ username: 'nobody', password: '' });
  });

  it('answers alike whether the address is unknown, the password wrong or there is none yet', async () => {
    const ada = await createCustomer(portal, tenant);
    const invited = await createCustomer(portal, tenant, { password: null });
    const disabled = await createCustomer(portal, tenant, { status: 'disabled' });
    const login = async (address: string) => {
      const page = await (
        await stranger().visit('/account/login')
      ).submit('Log in', {
        'Email address': address,
        Password: 'not the one',
      });
      return { status: page.status, errors: page.errors };
    };
    const answer = { status: 422, errors: ['Your email address or password is incorrect'] };
    for (const address of [ada.email, invited.email, disabled.email, 'nobody@example.com'])
      expect(await login(address), address).to.deep.equal(answer);
  });

  it('tells who knows the password that the account is disabled', async () => {
    const ada = await createCustomer(portal, tenant, { status: 'disabled' });
    const login = await stranger().visit('/account/login');
    const refused = await login.submit('Log in', { 'Email address': ada.email, Password: ada.password });
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.deep.equal(['Your account is disabled. Contact Acme Storage.']);
  });

  it('is closed while the tenant is suspended, at once and for everybody', async () => {
    const other = await createTenant(portal);
    const inside = await signedInCustomer(portal, other);
    expect((await inside.visit('/account')).path).to.equal('/account');
    await changeTenant(portal, other, { status: 'suspended' });
    const out = await inside.visit('/account', { lint: false });
    expect(out.path).to.not.equal('/account');
  });

  it("lets in neither another tenant's customers nor the staff", async () => {
    const other = await createTenant(portal);
    const foreign = await createCustomer(portal, other, { password: 'their very own words' });
    const staff = await createStaff(portal, tenant, { password: 'their very own words' });
    for (const { email, password } of [foreign, staff]) {
      const login = await stranger().visit('/account/login');
      const refused = await login.submit('Log in', { 'Email address': email, Password: password });
      expect(refused.errors).to.deep.equal(['Your email address or password is incorrect']);
    }
  });

  it('is over after logging out, also for a copy of the cookie', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const account = await ada.visit('/account');
    const cookie = ada.cookies.header({ isCrossSite: false });
    const out = await account.submit('Log out');
    expect(out.path).to.equal('/account/login');
    expect(out.flashes).to.deep.equal(['You have been logged out.']);
    const copy = await stranger().get('/account', { headers: { Cookie: cookie } });
    expect(copy.status).to.equal(303);
  });

  it('lasts fourteen days on a device that should remember, and no longer than the browser elsewhere', async () => {
    const ada = await createCustomer(portal, tenant);
    const enter = async (remember: boolean) => {
      const visitor = stranger();
      const page = await visitor.visit('/account/login');
      const answer = await visitor.postFrom(page, '/account/login', {
        username: ada.email,
        password: ada.password,
        ...(remember && { remember: '1' }),
      });
      const cookies = answer.headers['set-cookie'] as unknown as string[];
      return cookies.find((cookie) => cookie.startsWith('__Host-account='))!;
    };
    expect(await enter(false)).to.not.match(/Expires/i);
    const expires = /Expires=([^;]+)/i.exec(await enter(true))![1]!;
    expect((Date.parse(expires) - Date.now()) / 86_400_000).to.be.closeTo(14, 0.1);
  });

  it('speaks the language of the tenant', async () => {
    const wadi = await createTenant(portal, { locale: 'ar' });
    const login = await new Visitor(portal, wadi.account).visit('/account/login');
    expect(login.find('html')!.getAttribute('dir')).to.equal('rtl');
    expect(login.h1).to.equal('تسجيل الدخول');
    const refused = await login.submit('تسجيل الدخول');
    expect(refused.errors).to.deep.equal(['أدخل بريدك الإلكتروني', 'أدخل كلمة المرور']);
  });
});
