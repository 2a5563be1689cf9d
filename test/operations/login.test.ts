import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import { mintToken } from '../../src/domain/token/one-time-token.ts';
import { createCustomer, createStaff, createTenant, type TestTenant } from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

const NEW_PASSWORD = 'three random words are long enough';

describe('The door of the operations portal', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
  });
  after(() => portal.close());

  it('lets staff in with their address and password, and out again', async () => {
    const staff = await createStaff(portal, tenant);
    const visitor = new Visitor(portal, tenant.operations);
    const login = await visitor.visit('/');
    expect(login.path).to.equal('/login');
    expect(login.h1).to.equal('Log in');
    const page = await login.submit('Log in', { 'Email address': staff.email, Password: staff.password });
    expect(page.path).to.equal('/users');
    const out = await page.submit('Log out');
    expect(out.path).to.equal('/login');
    expect(out.flashes).to.deep.equal(['You have been logged out.']);
    expect((await visitor.visit('/users')).path).to.equal('/login');
  });

  it('shows customers the way to theirs', async () => {
    const login = await new Visitor(portal, tenant.operations).visit('/login');
    expect(login.href('Log in here')).to.equal(`http://${tenant.account}/account/login`);
  });

  it('says the same for a wrong password, a stranger and a customer', async () => {
    const staff = await createStaff(portal, tenant);
    const customer = await createCustomer(portal, tenant);
    const tries = [
      [staff.email, 'not the password'],
      ['nobody@x.example', staff.password],
      [customer.email, customer.password],
    ] as const;
    for (const [email, password] of tries) {
      const login = await new Visitor(portal, tenant.operations).visit('/login');
      const page = await login.submit('Log in', { 'Email address': email, Password: password });
      expect(page.status).to.equal(422);
      expect(page.errors).to.deep.equal(['Your email address or password is incorrect']);
      expect(page.form('Log in').values()).to.deep.include({ username: email, password: '' });
      expect(page.href('Log in here')).to.include(tenant.account);
    }
  });

  it('says what is missing', async () => {
    const page = await (await new Visitor(portal, tenant.operations).visit('/login')).submit('Log in');
    expect(page.errors).to.deep.equal(['Enter your email address', 'Enter your password']);
  });

  it('leads nowhere else than to a page of its own', async () => {
    const staff = await createStaff(portal, tenant);
    for (const next of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
    ]) {
      const visitor = new Visitor(portal, tenant.operations);
      const login = await visitor.visit(`/login?next=${encodeURIComponent(next)}`);
      const body = { username: staff.email, password: staff.password, next };
      expect((await visitor.postFrom(login, '/login', body)).headers['location']).to.equal('/users');
    }
  });

  it('helps staff who forgot their password, by a link that works once', async () => {
    const staff = await createStaff(portal, tenant);
    const visitor = new Visitor(portal, tenant.operations);
    const asked = await (await visitor.visit('/login')).follow('Forgot password?');
    const sent = await asked.submit('Send password reset email', { 'Email address': staff.email });
    expect(sent.h1).to.equal('Check your email');
    expect(sent.text).to.include(staff.email);
    const { link } = await portal.mailbox.next(staff.email);
    expect(link).to.include(`http://${tenant.operations}/reset-password?token=`);

    const form = await visitor.visit(link);
    expect(form.h1).to.equal('Create a new password');
    expect(form.url).to.match(/^\/reset-password\?link=[0-9a-f]{16}$/);
    const short = await form.submit('Save password', { 'New password': 'fourteen chars' });
    expect(short.errors).to.deep.equal(['Password must be 15 characters or more']);
    const login = await short.submit('Save password', { 'New password': NEW_PASSWORD });
    expect(login.path).to.equal('/login');
    expect(login.flashes).to.deep.equal(['Your password is set. Log in with your new password.']);
    expect((await visitor.visit(link)).status).to.equal(410);
    const page = await login.submit('Log in', { 'Email address': staff.email, Password: NEW_PASSWORD });
    expect(page.path).to.equal('/users');
  });

  it('sends nobody but staff a link, and tells nobody', async () => {
    const customer = await createCustomer(portal, tenant);
    const pages = [];
    for (const email of [customer.email, 'nobody@x.example']) {
      const asked = await new Visitor(portal, tenant.operations).visit('/forgot-password');
      pages.push(await asked.submit('Send password reset email', { username: email }));
    }
    await portal.runMail();
    expect(portal.mailbox.messages.filter(({ to }) => to === customer.email)).to.deep.equal([]);
    const [known, unknown] = pages.map((page) => page.text.replace(/\S+@\S+?(?=,)/, 'address'));
    expect(known).to.equal(unknown);
    const wrong = await (
      await new Visitor(portal, tenant.operations).visit('/forgot-password')
    ).submit('Send password reset email', { username: 'nobody' });
    expect(wrong.status).to.equal(422);
  });

  it('lets the first Manager choose a password by the link of the tenant’s creation', async () => {
    const { id, email } = tenant.manager;
    const { token } = await inTenant(portal.database, tenant.id, (db) =>
      mintToken(db, { user_id: id, purpose: 'set_password', sent_to: email }),
    );
    const visitor = new Visitor(portal, tenant.operations);
    const form = await visitor.visit(`/set-password?token=${token}`);
    expect(form.h1).to.equal('Set your password');
    const login = await form.submit('Save password', { 'New password': NEW_PASSWORD });
    const page = await login.submit('Log in', { 'Email address': email, Password: NEW_PASSWORD });
    expect(page.path).to.equal('/users');
  });

  it('shows one page for every link that does not work', async () => {
    for (const path of ['/reset-password?token=x', '/set-password?token=y']) {
      const page = await new Visitor(portal, tenant.operations).visit(path);
      expect(page.status).to.equal(410);
      expect(page.h1).to.equal('This link no longer works');
      const again = await page.submit('Send me a new link', { username: 'nobody@x.example' });
      expect(again.h1).to.equal('Check your email');
    }
  });

  it('asks to open the link again where the browser has no link', async () => {
    for (const path of ['/reset-password', '/set-password']) {
      const page = await new Visitor(portal, tenant.operations).visit(path);
      expect(page.status).to.equal(410);
      expect(page.h1).to.equal('Open the link in your email again');
      const again = await page.submit('Send me a new link', { username: 'nobody@x.example' });
      expect(again.h1).to.equal('Check your email');
    }
  });
});
