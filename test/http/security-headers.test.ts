import { expect } from 'chai';
import {
  createDomain,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../support/factories.ts';
import { PRODUCTION, startPortal, type OwnPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

const POLICY =
  "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;font-src 'self';connect-src 'self';" +
  "form-action 'self';frame-ancestors 'none';base-uri 'none'";

describe('Response headers', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  const responses: Record<string, { headers: Record<string, string>; status: number }> = {};

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    const customer = await signedInCustomer(portal, tenant);
    const staff = await signedInStaff(portal, tenant);
    const anonymous = new Visitor(portal, tenant.account);
    responses['a login page'] = await anonymous.get('/account/login');
    responses['a page of a customer'] = await customer.get('/account');
    responses['a page of staff'] = await staff.get('/users');
    responses['an unknown page'] = await staff.get('/nothing');
    responses['a redirect'] = await anonymous.get('/account');
    responses['a refused form'] = await anonymous.post('/account/login', { username: 'x' });
    responses['the console'] = await new Visitor(portal, portal.config.operationsDomain).get('/login');
  });
  after(() => portal.close());

  it('have a content security policy that forbids framing', () => {
    for (const [name, { headers }] of Object.entries(responses)) {
      expect(headers['content-security-policy'], name).to.equal(POLICY);
      expect(headers['x-content-type-options'], name).to.equal('nosniff');
      expect(headers['x-frame-options'], name).to.equal('DENY');
      expect(headers['cross-origin-opener-policy'], name).to.equal('same-origin');
      expect(headers['cross-origin-resource-policy'], name).to.equal('same-origin');
      expect(headers['permissions-policy'], name).to.include('camera=()');
    }
  });

  it('have the referrer policy same-origin, which forms need', () => {
    for (const [name, { headers }] of Object.entries(responses))
      expect(headers['referrer-policy'], name).to.equal('same-origin');
  });

  it('forbid caching of pages', () => {
    for (const [name, { headers }] of Object.entries(responses)) {
      expect(headers['cache-control'], name).to.equal('no-store');
      expect(headers['etag'], name).to.equal(undefined);
    }
  });

  it('do not reveal the software', () => {
    for (const [name, { headers }] of Object.entries(responses)) {
      expect(headers['x-powered-by'], name).to.equal(undefined);
      expect(headers['server'], name).to.equal(undefined);
    }
  });

  it('contain a unique request id', () => {
    const ids = Object.values(responses).map(({ headers }) => headers['x-request-id']);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('contain no HSTS on http', () => {
    expect(responses['a login page']!.headers['strict-transport-security']).to.equal(undefined);
  });

  it('allow permanent caching of compressed static files with hashed names', async () => {
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

  it('forbid caching and set no cookie for a missing static file', async () => {
    for (const href of ['/assets/app.0000000000000000.css', '/assets/images/none.png', '/theme.0000.css']) {
      const { status, headers, text } = await new Visitor(portal, tenant.account).get(href);
      expect(status, href).to.equal(404);
      expect(headers['cache-control'], href).to.equal('no-store');
      expect(headers['content-security-policy'], href).to.equal(POLICY);
      expect(headers['set-cookie'], href).to.equal(undefined);
      expect(text, href).to.include('Page not found').and.to.include(tenant.name);
    }
  });

  it('clear cache and storage but no cookies when logging out', async () => {
    const customer = await signedInCustomer(portal, tenant);
    const page = await customer.visit('/account');
    const { headers } = await customer.postFrom(page, '/account/logout');
    expect(headers['clear-site-data']).to.equal('"cache", "storage"');
  });
});

describe('HSTS in production', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let domain: string;

  before(async () => {
    portal = await startPortal({ env: PRODUCTION });
    tenant = await createTenant(portal);
    domain = await createDomain(portal, tenant, 'portal.customer.example');
  });
  after(() => portal.close());

  const headerOf = async (host: string, path: string) => {
    const { status, headers } = await new Visitor(portal, host).get(path);
    return { status, hsts: headers['strict-transport-security'] };
  };
  const ONE_HOST = 'max-age=63072000';
  const WITH_SUBDOMAINS = `${ONE_HOST}; includeSubDomains`;

  it("includes the subdomains of the portal's own domains", async () => {
    for (const [host, path, status] of [
      [tenant.account, '/account/login', 200],
      [tenant.operations, '/login', 200],
      [portal.config.operationsDomain, '/login', 200],
      ['unknown.portal.example', '/', 404],
      ['UNKNOWN.Portal.Example.:443', '/', 404],
      [tenant.account, '/livez', 200],
    ] as const)
      expect(await headerOf(host, path), host).to.eql({ status, hsts: WITH_SUBDOMAINS });
  });

  it("does not include the subdomains of a tenant's own domain or of an unknown host", async () => {
    for (const [host, path, status] of [
      [domain, '/account/login', 200],
      [domain, '/assets/none.css', 404],
      [domain, '/livez', 200],
      ['unknown.example', '/', 404],
      ['notportal.example', '/', 404],
      ['portal.example.evil.example', '/', 404],
      ['portal_.example', '/', 404],
    ] as const)
      expect(await headerOf(host, path), host).to.eql({ status, hsts: ONE_HOST });
  });
});
