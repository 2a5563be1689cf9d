import { expect } from 'chai';
import { createCustomer, createTenant, PASSWORD, type TestTenant } from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('The login', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  const destinations: Record<string, string> = {
    '/account/profile': '/account/profile',
    '/account/profile?x=1': '/account/profile?x=1',
    '//evil.test/': '/account',
    '/\\evil.test': '/account',
    'https://evil.test/': '/account',
    'javascript:alert(1)': '/account',
    '/account/logout': '/account',
    '/account/login': '/account',
    '/a\nb': '/account',
  };
  for (const [next, location] of Object.entries(destinations)) {
    it(`redirects to ${location} when next is ${JSON.stringify(next)}`, async () => {
      const visitor = new Visitor(portal, tenant.account);
      const { email } = await createCustomer(portal, tenant);
      const page = await visitor.visit(`/account/login?next=${encodeURIComponent(next)}`);
      const response = await visitor.postFrom(page, '/account/login', {
        username: email,
        password: PASSWORD,
        next,
      });
      expect(response.status).to.equal(303);
      expect(response.headers['location']).to.equal(location);
    });
  }
});
