import { expect } from 'chai';
import {
  createStaff,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../support/factories.ts';
import { anonymousVisitor, signedInOperator } from '../platform/operator.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('A link from another site', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  const portals = {
    'the operations portal': {
      path: '/settings/team/new',
      home: '/dashboard',
      logIn: (): Promise<Visitor> => signedInStaff(portal, tenant),
      anonymous: () => new Visitor(portal, tenant.operations),
    },
    'the platform console': {
      path: '/tenants/new',
      home: '/tenants',
      logIn: (): Promise<Visitor> => signedInOperator(portal),
      anonymous: () => anonymousVisitor(portal),
    },
  };
  for (const [name, { path, home, logIn, anonymous }] of Object.entries(portals)) {
    describe(`to ${name}`, () => {
      it('shows the page to a logged-in user after a refresh without JavaScript', async () => {
        const visitor = await logIn();
        const page = await visitor.visit(visitor.origin + path);
        expect(page.path).to.equal('/login');
        expect(page.flashes).to.deep.equal([]);
        const href = page.href('Continue');
        expect(page.headers['refresh']).to.equal(`0; url=${href}`);
        const shown = await visitor.visit(href);
        expect(shown.path).to.equal(path);
        expect(shown.flashes).to.deep.equal([]);
      });

      it('shows the start page when it leads to the login page', async () => {
        const visitor = await logIn();
        const page = await visitor.visit(`${visitor.origin}/login`);
        expect((await page.follow('Continue')).path).to.equal(home);
      });

      it('shows the login page to an anonymous user and then the page', async () => {
        const visitor = anonymous();
        const page = await visitor.visit(visitor.origin + path);
        const login = await page.follow('Continue');
        expect(login.h1).to.equal('Log in');
        expect(login.flashes).to.deep.equal(['Log in to continue.']);
        expect(login.headers).to.not.have.property('refresh');
        expect(login.form('Log in').values()['next']).to.equal(path);
      });

      it('is repeated once, also when the browser says again that it comes from another site', async () => {
        const visitor = anonymous();
        const page = await visitor.visit(visitor.origin + path);
        const login = await visitor.visit(visitor.origin + page.href('Continue'));
        expect(login.h1).to.equal('Log in');
      });

      it('does not lead to another site', async () => {
        const visitor = await logIn();
        for (const next of [
          'https://evil.test/',
          '//evil.test',
          '/\\evil.test',
          '/login',
          '/;url=//evil.test" x',
        ]) {
          const page = await visitor.visit(`${visitor.origin}/login?next=${encodeURIComponent(next)}`);
          const href = page.href('Continue');
          expect(page.headers['refresh']).to.equal(`0; url=${href}`);
          expect(href, next).to.match(/^\/login\?again=1(&next=%2F%3B[\w%.+-]+)?$/);
          expect((await page.follow('Continue')).url).to.match(/^\//);
        }
      });
    });
  }

  it('to a form for a new password saves the password for logged-in staff', async () => {
    const visitor = await signedInStaff(portal, tenant);
    const { email } = visitor.person;
    const request = await new Visitor(portal, tenant.operations).visit('/forgot-password');
    await request.submit('Send password reset email', { 'Email address': email });
    const { link } = await portal.mailbox.next(email);
    const form = await visitor.openLink(link);
    expect(form.h1).to.equal('Create a new password');
    const saved = await form.submit('Save password', { 'New password': 'three random words here' });
    expect(saved.flashes).to.deep.equal(['Your password is set. Log in with your new password.']);
  });

  it('is not repeated for a browser that opens the address itself or sends no Sec-Fetch-Site', async () => {
    for (const site of ['none', 'same-origin', '']) {
      const visitor = new Visitor(portal, tenant.operations);
      const response = await visitor.get('/login', { headers: { 'Sec-Fetch-Site': site } });
      expect(response.headers, site).to.not.have.property('refresh');
    }
  });

  it('is not repeated for a form of another site', async () => {
    const visitor = new Visitor(portal, tenant.operations);
    const response = await visitor.postCrossSite('/login', { username: 'a@x.example', password: 'x' });
    expect(response.status).to.equal(403);
    expect(response.headers).to.not.have.property('refresh');
  });

  it('is not repeated at the customer portal, whose cookie is sent with links', async () => {
    const visitor = await signedInCustomer(portal, tenant);
    expect((await visitor.visit(`${visitor.origin}/account/profile`)).path).to.equal('/account/profile');
  });

  it('keeps the staff cookie SameSite=Strict', async () => {
    const person = await createStaff(portal, tenant);
    const visitor = new Visitor(portal, tenant.operations);
    const login = await visitor.visit('/login');
    const response = await visitor.postFrom(login, '/login', {
      username: person.email,
      password: person.password,
    });
    const cookies = response.headers['set-cookie'] as unknown as string[];
    expect(cookies.find((cookie) => cookie.startsWith('__Host-operations='))).to.include('SameSite=Strict');
  });
});
