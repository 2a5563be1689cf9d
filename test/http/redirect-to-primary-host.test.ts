import net from 'node:net';
import { expect } from 'chai';
import request, { type Response } from 'supertest';
import { TenantDirectory } from '../../src/domain/tenant/tenant-directory.ts';
import {
  changePrimaryHost,
  changeTenant,
  createCustomer,
  createDomain,
  createTenant,
  PASSWORD,
  signIn,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type OwnPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

const CROSS_SITE = { 'Sec-Fetch-Site': 'cross-site' };

describe('The redirect to the primary host', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let primary: string;
  let secondary: string;

  before(async () => {
    portal = await startPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    primary = await createDomain(portal, tenant, `portal.${tenant.slug}.example`);
    secondary = await createDomain(portal, tenant, `old.${tenant.slug}.example`);
    await changePrimaryHost(portal, tenant, primary);
  });
  after(() => portal.close());

  const ask = (
    host: string,
    path: string,
    headers: Record<string, string> = {},
    method: 'get' | 'head' = 'get',
  ) =>
    (method === 'get' ? request(portal.server).get(path) : request(portal.server).head(path))
      .set({ Host: host, ...headers })
      .redirects(0)
      .ok(() => true);
  const targetOf = ({ status, headers }: Response) => [status, headers['location'] as string | undefined];

  it('keeps path and query, for GET and HEAD, on every other host of the tenant', async () => {
    const path = '/account/reset-password?token=a%2Fb%20c&next=%2Faccount&x';
    for (const host of [tenant.account, secondary])
      for (const method of ['get', 'head'] as const) {
        const response = await ask(host, path, {}, method);
        expect(targetOf(response), `${method} ${host}`).to.deep.equal([302, `http://${primary}${path}`]);
      }
  });

  it('is neither cached nor sent with a cookie or a referrer', async () => {
    const { headers } = await ask(tenant.account, '/account/login', { Cookie: '__Host-csrf=x' });
    expect(headers).to.include({ 'cache-control': 'no-store', 'referrer-policy': 'same-origin' });
    expect(headers['set-cookie']).to.equal(undefined);
  });

  it('does not happen on the primary host', async () => {
    for (const host of [primary, primary.toUpperCase(), `${primary}:80`])
      expect((await ask(host, '/account/login')).status, host).to.equal(200);
  });

  it('leads to the host under PORTAL_DOMAIN while the tenant has no primary host of its own', async () => {
    await changePrimaryHost(portal, tenant, null);
    expect((await ask(tenant.account, '/account/login')).status).to.equal(200);
    expect(targetOf(await ask(secondary, '/account/login?x=1'))).to.deep.equal([
      302,
      `http://${tenant.account}/account/login?x=1`,
    ]);
  });

  it('uses the scheme of the configuration', async () => {
    const secure = await startPortal({ env: { PUBLIC_SCHEME: 'https' } });
    try {
      const own = await createTenant(secure);
      await changePrimaryHost(secure, own, await createDomain(secure, own, 'secure.example'));
      const response = await request(secure.server)
        .get('/account')
        .set('Host', own.account)
        .redirects(0)
        .ok(() => true);
      expect(targetOf(response)).to.deep.equal([302, 'https://secure.example/account']);
    } finally {
      await secure.close();
    }
  });

  it('never leads to another host, whatever the request contains', async () => {
    const forged = {
      'X-Forwarded-Host': 'evil.test',
      'X-Forwarded-Proto': 'javascript',
      Forwarded: 'host=evil.test',
    };
    for (const path of [
      '//evil.test/account',
      '/\\evil.test',
      '/@evil.test',
      '/.evil.test',
      '/%0d%0aLocation:x',
    ]) {
      const [status, location] = targetOf(await ask(tenant.account, path, forged));
      expect(status, path).to.equal(302);
      expect(new URL(location as string).origin, path).to.equal(`http://${primary}`);
    }
    for (const target of ['http://evil.test/account', 'http:evil.test', '*']) {
      const response = await sendRaw(portal, `GET ${target} HTTP/1.1\r\nHost: ${tenant.account}`);
      expect(response, target).to.match(/^HTTP\/1\.1 \d/);
      expect(response, target).not.to.match(/^location: (?!\/[^/])/im);
    }
  });

  it('leaves unknown and unverified hosts at 404', async () => {
    await portal.owner.query('insert into tenant_domains (host, tenant_id) values ($1, $2)', [
      `new.${tenant.slug}.example`,
      tenant.id,
    ]);
    for (const host of ['unknown.example', `new.${tenant.slug}.example`, 'unknown.portal.localhost:3000'])
      expect((await ask(host, '/account/login')).status, host).to.equal(404);
  });

  it('does not happen for POST', async () => {
    const response = await request(portal.server)
      .post('/account/login')
      .set({ Host: tenant.account, ...CROSS_SITE })
      .ok(() => true);
    expect(response.status).to.equal(403);
  });

  it('does not happen in the operations portal, the console, assets and health endpoints', async () => {
    const page = await ask(primary, '/account/login');
    const [theme, asset] = [/\/theme\.[^"]+\.css/, /\/assets\/app\.[^"]+\.css/].map(
      (href) => page.text.match(href)![0],
    );
    const addresses: [string, string][] = [
      [tenant.operations, '/login'],
      [portal.config.operationsDomain, '/login'],
      [tenant.account, theme!],
      [tenant.account, asset!],
      [tenant.account, '/livez'],
      [tenant.account, '/readyz'],
    ];
    for (const [host, path] of addresses)
      expect((await ask(host, path)).status, `${host}${path}`).to.equal(200);
  });

  it('leads to the notice of a suspended tenant', async () => {
    await changeTenant(portal, tenant, { status: 'suspended' });
    const response = await ask(tenant.account, '/account/login');
    expect(targetOf(response)).to.deep.equal([302, `http://${primary}/account/login`]);
    expect((await ask(primary, '/account/login')).status).to.equal(403);
  });

  it('lets a customer use a link that was mailed before the primary host changed', async () => {
    await changePrimaryHost(portal, tenant, null);
    const { email } = await createCustomer(portal, tenant);
    const form = await new Visitor(portal, tenant.account).visit('/account/forgot-password');
    await form.submit('Send password reset email', { username: email });
    const { link } = await portal.mailbox.next(email);
    await changePrimaryHost(portal, tenant, primary);

    const old = new Visitor(portal, tenant.account);
    const { pathname, search } = new URL(link);
    const response = await old.get(pathname + search, { headers: CROSS_SITE });
    expect(old.cookies.names()).to.deep.equal([]);
    const page = await new Visitor(portal, primary).visit(response.headers['location'] as string);
    const password = 'a new passphrase, not a secret';
    const done = await page.submit('Save password', { new_password: password });
    expect(done.url).to.equal('/account/login');
    await signIn(portal, primary, { email, password });
  });

  describe('while a page of the old host is open', () => {
    it('does not interrupt the submission of a form or the session behind it', async () => {
      await changePrimaryHost(portal, tenant, null);
      const person = await createCustomer(portal, tenant);
      const old = new Visitor(portal, tenant.account);
      const form = await old.visit('/account/login');
      await changePrimaryHost(portal, tenant, primary);
      const invalid = await form.submit('Log in', { 'Email address': person.email, Password: 'not the one' });
      expect(invalid.status).to.equal(422);
      const account = await invalid.submit('Log in', { 'Email address': person.email, Password: PASSWORD });
      expect([account.status, account.url]).to.deep.equal([200, '/account']);
    });

    it('recognises it by the Referer of browsers without Sec-Fetch-Site', async () => {
      const get = (Referer: string) => ask(tenant.account, '/account/login', { Referer });
      expect((await get(`http://${tenant.account}/account`)).status).to.equal(200);
      for (const referrer of [`http://${primary}/account`, `http://${tenant.account}.evil.test/`, 'x'])
        expect((await get(referrer)).status, referrer).to.equal(302);
    });

    it('applies to the next visit of a logged-in customer, who logs in again on the primary host', async () => {
      await changePrimaryHost(portal, tenant, null);
      const person = await createCustomer(portal, tenant);
      const old = await signIn(portal, tenant.account, person);
      await changePrimaryHost(portal, tenant, primary);
      for (const site of ['none', 'same-site', 'cross-site'])
        expect(
          targetOf(await old.get('/account', { headers: { 'Sec-Fetch-Site': site } })),
          site,
        ).to.deep.equal([302, `http://${primary}/account`]);
      const anonymous = new Visitor(portal, primary);
      expect((await anonymous.visit('/account')).url).to.match(/^\/account\/login/);
      const visitor = await signIn(portal, primary, person);
      expect((await visitor.visit('/account')).status).to.equal(200);
    });
  });

  describe('while the directory has cached older rows', () => {
    it('happens once the cache is cleared', async () => {
      const stale = await new TenantDirectory(portal.database, portal.config).bySlug(tenant.slug);
      expect(stale?.portal_origin).to.equal(`http://${primary}`);
      await portal.owner.query('update tenants set primary_host = null where id = $1', [tenant.id]);
      portal.directory.clear();
      expect((await ask(tenant.account, '/account/login')).status).to.equal(200);
    });

    it('never redirects two hosts to each other', async () => {
      await ask(primary, '/account/login');
      await portal.owner.query('update tenants set primary_host = $1 where id = $2', [secondary, tenant.id]);
      const first = await ask(secondary, '/account/login');
      expect(first.status).to.equal(200);
      await changePrimaryHost(portal, tenant, primary);
      await ask(secondary, '/account/login');
      await portal.owner.query('update tenants set primary_host = $1 where id = $2', [secondary, tenant.id]);
      expect((await ask(secondary, '/account/login')).status).to.equal(200);
      expect(targetOf(await ask(tenant.account, '/account/login'))[1]).to.equal(
        `http://${secondary}/account/login`,
      );
    });
  });
});

/** Sends a request whose target supertest would correct, and returns the response. */
async function sendRaw(portal: TestPortal, head: string): Promise<string> {
  const { port } = portal.server.address() as net.AddressInfo;
  const socket = net.connect(port, '127.0.0.1');
  socket.write(`${head}\r\nConnection: close\r\n\r\n`);
  let received = '';
  for await (const chunk of socket.setEncoding('utf8')) received += String(chunk);
  return received;
}
