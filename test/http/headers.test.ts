import { expect } from 'chai';
import { createTenant, signedInCustomer, signedInStaff, type TestTenant } from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

const POLICY =
  "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;font-src 'self';connect-src 'self';" +
  "form-action 'self';frame-ancestors 'none';base-uri 'none'";

describe('the headers of an answer', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  const answers: Record<string, { headers: Record<string, string>; status: number }> = {};

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    const customer = await signedInCustomer(portal, tenant);
    const staff = await signedInStaff(portal, tenant);
    const nobody = new Visitor(portal, tenant.account);
    answers['a login page'] = await nobody.get('/account/login');
    answers['a page of a customer'] = await customer.get('/account');
    answers['a page of staff'] = await staff.get('/users');
    answers['a page that is not there'] = await staff.get('/nothing');
    answers['a redirect'] = await nobody.get('/account');
    answers['a refused form'] = await nobody.post('/account/login', { username: 'x' });
    answers['the console'] = await new Visitor(portal, portal.config.operationsDomain).get('/login');
  });
  after(() => portal.close());

  it('say what a page may load, and that nobody may frame it', () => {
    for (const [name, { headers }] of Object.entries(answers)) {
      expect(headers['content-security-policy'], name).to.equal(POLICY);
      expect(headers['x-content-type-options'], name).to.equal('nosniff');
      expect(headers['x-frame-options'], name).to.equal('DENY');
      expect(headers['cross-origin-opener-policy'], name).to.equal('same-origin');
      expect(headers['cross-origin-resource-policy'], name).to.equal('same-origin');
      expect(headers['permissions-policy'], name).to.include('camera=()');
    }
  });

  it('send our address to ourselves alone, or forms would come from nowhere', () => {
    for (const [name, { headers }] of Object.entries(answers))
      expect(headers['referrer-policy'], name).to.equal('same-origin');
  });

  it('keep every page out of caches', () => {
    for (const [name, { headers }] of Object.entries(answers)) {
      expect(headers['cache-control'], name).to.equal('no-store');
      expect(headers['etag'], name).to.equal(undefined);
    }
  });

  it('do not tell what we are made of', () => {
    for (const [name, { headers }] of Object.entries(answers)) {
      expect(headers['x-powered-by'], name).to.equal(undefined);
      expect(headers['server'], name).to.equal(undefined);
    }
  });

  it('name the request, so that its log line can be found', () => {
    const ids = Object.values(answers).map(({ headers }) => headers['x-request-id']);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('leave https to where there is https', () => {
    expect(answers['a login page']!.headers['strict-transport-security']).to.equal(undefined);
  });

  it('let static files be kept for ever, compressed, under an address that changes with them', async () => {
    const visitor = new Visitor(portal, tenant.account);
    const { html } = await visitor.visit('/account/login');
    const hrefs = [...html.matchAll(/(?:href|src)="(\/(?:assets|theme)[^"]+)"/g)].map(([, href]) => href!);
    expect(hrefs).to.have.length(3);
    for (const href of hrefs) {
      const { status, headers } = await visitor.get(href, { headers: { 'Accept-Encoding': 'gzip' } });
      expect(status, href).to.equal(200);
      expect(headers['cache-control'], href).to.equal('public, max-age=31536000, immutable');
      expect(headers['set-cookie'], href).to.equal(undefined);
      expect(headers['content-type'], href).to.match(/^text\/(css|javascript); charset=utf-8$/);
      if (href.startsWith('/assets')) expect(headers['content-encoding'], href).to.equal('gzip');
      expect(
        (await visitor.get(href.replace(/\.[0-9a-f]{16}\./, '.0000000000000000.'))).status,
        href,
      ).to.equal(404);
    }
  });

  it('of a missing static file are those of a page: not found, not cached, and without a cookie', async () => {
    for (const href of ['/assets/app.0000000000000000.css', '/assets/images/none.png', '/theme.0000.css']) {
      const { status, headers, text } = await new Visitor(portal, tenant.account).get(href);
      expect(status, href).to.equal(404);
      expect(headers['cache-control'], href).to.equal('no-store');
      expect(headers['content-security-policy'], href).to.equal(POLICY);
      expect(headers['set-cookie'], href).to.equal(undefined);
      expect(text, href).to.include('Page not found').and.to.include(tenant.name);
    }
  });

  it('on logging out clear what browsers keep, but not the cookies of other portals', async () => {
    const customer = await signedInCustomer(portal, tenant);
    const page = await customer.visit('/account');
    const { headers } = await customer.postFrom(page, '/account/logout');
    expect(headers['clear-site-data']).to.equal('"cache", "storage"');
  });
});
