import { expect } from 'chai';
import { createCustomer, createStaff, createTenant, type TestTenant } from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('Login to the operations portal', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  const anonymous = () => new Visitor(portal, tenant.operations);

  it('logs staff in and redirects to the dashboard', async () => {
    const staff = await createStaff(portal, tenant);
    const visitor = anonymous();
    const login = await visitor.visit('/');
    expect(login.path).to.equal('/login');
    expect(login.h1).to.equal('Log in');
    const page = await login.submit('Log in', { 'Email address': staff.email, Password: staff.password });
    expect(page.path).to.equal('/dashboard');
    expect((await visitor.visit('/login')).path).to.equal('/dashboard');
  });

  it('links to the login page of the customer portal', async () => {
    const login = await anonymous().visit('/login');
    expect(login.href('Log in here')).to.equal(`http://${tenant.account}/account/login`);
  });

  it('shows the same error for a wrong password, an unknown address and a customer', async () => {
    const staff = await createStaff(portal, tenant);
    const customer = await createCustomer(portal, tenant);
    const attempts = [
      [staff.email, 'not the password'],
      ['unknown@x.example', staff.password],
      [customer.email, customer.password],
    ] as const;
    for (const [email, password] of attempts) {
      const login = await anonymous().visit('/login');
      const page = await login.submit('Log in', { 'Email address': email, Password: password });
      expect(page.status).to.equal(422);
      expect(page.errors).to.deep.equal(['Your email address or password is incorrect']);
      expect(page.form('Log in').values()).to.deep.include({ username: email, password: '' });
      expect(page.href('Log in here')).to.include(tenant.account);
    }
  });

  it('requires an address and a password', async () => {
    const page = await (await anonymous().visit('/login')).submit('Log in');
    expect(page.errors).to.deep.equal(['Enter your email address', 'Enter your password']);
  });

  it('ignores redirect targets on other sites', async () => {
    const staff = await createStaff(portal, tenant);
    for (const next of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
    ]) {
      const visitor = anonymous();
      const login = await visitor.visit(`/login?next=${encodeURIComponent(next)}`);
      const body = { username: staff.email, password: staff.password, next };
      expect((await visitor.postFrom(login, '/login', body)).headers['location']).to.equal('/');
    }
  });
});
