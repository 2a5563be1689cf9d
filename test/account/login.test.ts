import { expect } from 'chai';
import { findAuditEvents } from '../support/audit.ts';
import {
  createCompany,
  createCustomer,
  createStaff,
  createTenant,
  type TestTenant,
} from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('Logging in to the customer portal', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal, { name: 'Acme Storage' });
  });

  const anonymous = () => new Visitor(portal, tenant.account);

  it('redirects from the start page through the login to the dashboard', async () => {
    const ada = await createCustomer(portal, tenant, { first_name: 'Ada' });
    const login = await anonymous().visit('/');
    expect(login.path).to.equal('/account/login');
    expect(login.flashes).to.deep.equal(['Log in to continue.']);
    const account = await login.submit('Log in', { 'Email address': ada.email, Password: ada.password });
    expect(account.path).to.equal('/account');
    expect(account.h1).to.equal('Hello, Ada');
  });

  it('redirects to the requested page', async () => {
    const ada = await createCustomer(portal, tenant);
    const fields = { 'Email address': ada.email, Password: ada.password };
    const requested = await (await anonymous().visit('/account/security')).submit('Log in', fields);
    expect(requested.path).to.equal('/account/security');
  });

  it('redirects to the requested page of a company that the customer acts for, else to the dashboard', async () => {
    const [own, blocked, left] = [
      await createCompany(portal, tenant),
      await createCompany(portal, tenant, { status: 'blocked' }),
      await createCompany(portal, tenant),
    ];
    const ada = await createCustomer(portal, tenant, {
      companies: [own, blocked],
      is_private_customer: true,
    });
    const fields = { 'Email address': ada.email, Password: ada.password };
    const arriveAt = async (requested: string) =>
      (await (await anonymous().visit(requested)).submit('Log in', fields)).path;
    const billing = `/account/companies/${own.id}/billing`;
    expect(await arriveAt(billing)).to.equal(billing);
    for (const id of [blocked.id, left.id, 'unknown'])
      expect(await arriveAt(`/account/companies/${id}/billing`), id).to.equal('/account');
  });

  it('accepts the address in any case and with surrounding spaces', async () => {
    const ada = await createCustomer(portal, tenant, { email: 'case@example.com' });
    const login = await anonymous().visit('/account/login');
    const fields = { 'Email address': '  CASE@Example.com ', Password: ada.password };
    expect((await login.submit('Log in', fields)).path).to.equal('/account');
  });

  it('shows the errors of an invalid form and keeps the address', async () => {
    const login = await anonymous().visit('/account/login');
    const refused = await login.submit('Log in', { 'Email address': 'invalid', Password: '' });
    expect(refused.status).to.equal(422);
    expect(refused.title).to.match(/^Error: Log in/);
    expect(refused.errors).to.deep.equal([
      'Enter an email address in the correct format, like name@example.com',
      'Enter your password',
    ]);
    expect(refused.form('Log in').values()).to.deep.include({ username: 'invalid', password: '' });
  });

  it('shows the same error for an unknown address, a wrong password, a disabled user and a user without a password', async () => {
    const ada = await createCustomer(portal, tenant);
    const invited = await createCustomer(portal, tenant, { password: null });
    const disabled = await createCustomer(portal, tenant, { status: 'disabled' });
    const login = async (address: string) => {
      const page = await (
        await anonymous().visit('/account/login')
      ).submit('Log in', {
        'Email address': address,
        Password: 'not the one',
      });
      return { status: page.status, errors: page.errors };
    };
    const response = { status: 422, errors: ['Your email address or password is incorrect'] };
    for (const address of [ada.email, invited.email, disabled.email, 'unknown@example.com'])
      expect(await login(address), address).to.deep.equal(response);
  });

  it('refuses a customer whose companies are all blocked, and says so with the correct password only', async () => {
    const companies = [
      await createCompany(portal, tenant, { status: 'blocked' }),
      await createCompany(portal, tenant, { status: 'blocked' }),
    ];
    const ada = await createCustomer(portal, tenant, { companies });
    const login = async (Password: string) =>
      (
        await (
          await anonymous().visit('/account/login')
        ).submit('Log in', { 'Email address': ada.email, Password })
      ).errors;
    expect(await login('not the one')).to.eql(['Your email address or password is incorrect']);
    expect(await login(ada.password)).to.eql(['Your account is disabled. Contact Acme Storage.']);
    await portal.owner.query("update companies set status = 'on_hold' where id = $1", [companies[0]!.id]);
    expect(await login(ada.password)).to.eql([]);
  });

  it('tells a disabled customer with the correct password that the account is disabled', async () => {
    const ada = await createCustomer(portal, tenant, { status: 'disabled' });
    const login = await anonymous().visit('/account/login');
    const refused = await login.submit('Log in', { 'Email address': ada.email, Password: ada.password });
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.deep.equal(['Your account is disabled. Contact Acme Storage.']);
    const error = refused.find('#username-error')!;
    expect(error.querySelector('a')!.getAttribute('href')).to.equal(`mailto:${tenant.manager.email}`);
  });

  it('refuses every login with the same notice while the tenant is suspended', async () => {
    const suspended = await createTenant(portal, { name: 'Closed Storage' });
    const ada = await createCustomer(portal, suspended);
    const login = await new Visitor(portal, suspended.account).visit('/account/login');
    // The directory still has the active tenant, as in other processes for some seconds.
    await portal.owner.query(`update tenants set status = 'suspended' where id = $1`, [suspended.id]);
    for (const password of [ada.password, 'not the one']) {
      const page = await login.submit('Log in', { 'Email address': ada.email, Password: password });
      expect([page.status, page.h1]).to.deep.equal([403, 'This portal is closed']);
    }
  });

  it('refuses customers of another tenant and staff', async () => {
    const other = await createTenant(portal);
    const foreign = await createCustomer(portal, other, { password: 'their very own words' });
    const staff = await createStaff(portal, tenant, { password: 'their very own words' });
    for (const { email, password } of [foreign, staff]) {
      const login = await anonymous().visit('/account/login');
      const refused = await login.submit('Log in', { 'Email address': email, Password: password });
      expect(refused.errors).to.deep.equal(['Your email address or password is incorrect']);
    }
  });

  it('records a failed login in the audit log', async () => {
    const other = await createTenant(portal);
    const ada = await createCustomer(portal, other);
    const login = await new Visitor(portal, other.account).visit('/account/login');
    await login.submit('Log in', { 'Email address': ada.email, Password: 'wrong' });
    expect(await findAuditEvents(portal, other, 'user.login_failed')).to.have.length(1);
  });

  it('sets a cookie for fourteen days with "Keep me logged in", else a session cookie', async () => {
    const ada = await createCustomer(portal, tenant);
    const sessionCookie = async (remember: boolean) => {
      const visitor = anonymous();
      const page = await visitor.visit('/account/login');
      const response = await visitor.postFrom(page, '/account/login', {
        username: ada.email,
        password: ada.password,
        ...(remember && { remember: '1' }),
      });
      const cookies = response.headers['set-cookie'] as unknown as string[];
      return cookies.find((cookie) => cookie.startsWith('__Host-account='))!;
    };
    expect(await sessionCookie(false)).to.not.match(/Expires/i);
    const expires = /Expires=([^;]+)/i.exec(await sessionCookie(true))![1]!;
    expect((Date.parse(expires) - Date.now()) / 86_400_000).to.be.closeTo(14, 0.1);
  });

  it('shows the page in the language of the tenant', async () => {
    const wadi = await createTenant(portal, { locale: 'ar' });
    const login = await new Visitor(portal, wadi.account).visit('/account/login');
    expect(login.find('html')!.getAttribute('dir')).to.equal('rtl');
    expect(login.h1).to.equal('تسجيل الدخول');
    const refused = await login.submit('تسجيل الدخول');
    expect(refused.errors).to.deep.equal(['أدخل بريدك الإلكتروني', 'أدخل كلمة المرور']);
  });
});
