import { expect } from 'chai';
import { createHash } from 'node:crypto';
import request from 'supertest';
import {
  changePrimaryHost,
  createCustomer,
  createDomain,
  createTenant,
  type TestTenant,
} from '../support/factories.ts';
import { parseHtml } from '../support/html.ts';
import { PRODUCTION, startPortal, type OwnPortal, type TestPortal } from '../support/portal.ts';
import { sendRaw } from '../support/send-raw.ts';
import { createLog } from '../../src/log.ts';
import { Visitor } from '../support/visitor.ts';

describe('The portal lookup by host', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal, { slug: 'acme', name: 'Acme' });
    await portal.owner.query(
      `insert into tenant_domains (host, tenant_id, verified_at) values ('my.acme.example', $1, now()), ('new.acme.example', $1, null)`,
      [tenant.id],
    );
  });
  after(() => portal.close());

  const ask = (host: string, path = '/account/login', headers: Record<string, string> = {}) => {
    const test = request(portal.server).get(path).set('Host', host);
    for (const [name, value] of Object.entries(headers)) void test.set(name, value);
    return test.redirects(0).ok(() => true);
  };

  const unknownHosts = {
    'without a tenant of this slug': 'unknown.portal.localhost:3000',
    'that is an unknown domain': 'acme.example',
    'without a slug': 'portal.localhost:3000',
    'that is an IP address': '127.0.0.1:3000',
    'with another label before it': 'www.acme.portal.localhost:3000',
    'with another label behind it': 'acme.portal.localhost.evil.test:3000',
    'on another port': 'acme.portal.localhost:3001',
    'without its port': 'acme.portal.localhost',
    'with an invalid label': 'ac_me.portal.localhost:3000',
    'with an empty label': '.portal.localhost:3000',
    'with two dots at its end': 'acme.portal.localhost..:3000',
    'with a path in it': 'acme.portal.localhost:3000/evil',
    'with a user in it': 'acme.portal.localhost:3000@evil.test',
    'of a look-alike': 'аcme.portal.localhost:3000'.normalize('NFC').replace('а', 'xn--cme-7cd'),
    'of a domain that is not verified yet': 'new.acme.example',
    'that is very long': `${'a'.repeat(300)}.portal.localhost:3000`,
  };

  it('responds with the same 404 page to every unknown host', async () => {
    const responses = await Promise.all(Object.values(unknownHosts).map((host) => ask(host)));
    const [first] = responses;
    for (const [index, response] of responses.entries()) {
      const name = Object.keys(unknownHosts)[index];
      expect(response.status, name).to.equal(404);
      expect(response.text, name).to.equal(first!.text);
      expect(response.headers['set-cookie'], name).to.equal(undefined);
      expect(response.headers['cache-control'], name).to.equal('no-store');
    }
    expect(parseHtml(first!.text).querySelector('h1')?.text).to.equal('Page not found');
    expect(first!.text).not.to.include('Acme');
  });

  it('responds with 404 to every path and method of an unknown host', async () => {
    for (const path of ['/', '/login', '/users', '/account', '/assets/app.css', '/dev/inbox', '/theme.x.css'])
      expect((await ask('unknown.portal.localhost:3000', path)).status, path).to.equal(404);
    const posted = await request(portal.server)
      .post('/account/login')
      .set('Host', 'unknown.portal.localhost:3000');
    expect(posted.status).to.equal(404);
  });

  it('accepts a host in capitals or with a trailing dot', async () => {
    for (const host of ['ACME.Portal.localhost:3000', 'acme.portal.localhost.:3000']) {
      const response = await ask(host);
      expect(response.status, host).to.equal(200);
      expect(response.text, host).to.include('Acme');
    }
  });

  it('accepts a verified domain of the tenant', async () => {
    await changePrimaryHost(portal, tenant, 'my.acme.example');
    expect((await ask('my.acme.example')).text).to.include('Acme');
    // 80 is the default port of http.
    expect((await ask('my.acme.example:80')).status).to.equal(200);
    expect((await ask('my.acme.example:8080')).status).to.equal(404);
    await changePrimaryHost(portal, tenant, null);
  });

  it('reads only the Host header, no forwarded header', async () => {
    const forged = {
      'X-Forwarded-Host': tenant.account,
      'X-Host': tenant.account,
      Forwarded: `host=${tenant.account}`,
      'X-Original-Host': tenant.account,
    };
    expect((await ask('unknown.portal.localhost:3000', '/account/login', forged)).status).to.equal(404);
    const own = await ask(tenant.account, '/account/login', { 'X-Forwarded-Host': 'evil.test' });
    expect(own.status).to.equal(200);
    expect(own.text).not.to.include('evil.test');
  });

  it('responds with 404 to the screens of another portal', async () => {
    const others: [host: string, path: string][] = [
      [tenant.account, '/users'],
      [tenant.account, '/login'],
      [tenant.account, '/customers/companies'],
      [tenant.account, '/tenants'],
      [tenant.operations, '/account/login'],
      [tenant.operations, '/account'],
      [tenant.operations, '/tenants'],
      [portal.config.operationsDomain, '/users'],
      [portal.config.operationsDomain, '/account/login'],
    ];
    for (const [host, path] of others) {
      const page = await new Visitor(portal, host).visit(path);
      expect(page.status, `${host}${path}`).to.equal(404);
    }
  });

  it('responds with 404 to the theme of another tenant', async () => {
    const other = await createTenant(portal, { slug: 'bigco', brand: { color: '#aa0000' } });
    const href = (await new Visitor(portal, other.account).visit('/account/login')).html.match(
      /\/theme\.[^"]+\.css/,
    )![0];
    expect((await ask(other.account, href)).status).to.equal(200);
    expect((await ask(tenant.account, href)).status).to.equal(404);
  });

  it('uses no forwarded header for the links in emails', async () => {
    const { email } = await createCustomer(portal, tenant);
    const visitor = new Visitor(portal, tenant.account);
    const page = await visitor.visit('/account/forgot-password');
    const forged = { 'X-Forwarded-Host': 'evil.test', Forwarded: 'host=evil.test' };
    const _csrf = page.find('input[name="_csrf"]')!.getAttribute('value')!;
    const response = await visitor.post(page.path, { _csrf, username: email }, { headers: forged });
    expect(response.status).to.equal(303);
    const mail = await portal.mailbox.next(email);
    expect(mail.link).to.match(/^http:\/\/acme\.portal\.localhost:3000\/account\/reset-password\?token=/);
    expect(mail.raw).not.to.include('evil.test');
  });

  it('uses the primary host of the tenant for the links in emails', async () => {
    const own = await createTenant(portal, { slug: 'own-name' });
    await changePrimaryHost(portal, own, await createDomain(portal, own, 'portal.owner.example'));
    const { email } = await createCustomer(portal, own);
    const page = await new Visitor(portal, own.account).visit('/account/forgot-password');
    await page.submit('Send password reset email', { username: email });
    expect((await portal.mailbox.next(email)).link).to.match(
      /^http:\/\/portal\.owner\.example\/account\/reset-password/,
    );
  });

  it('refuses a request with two Host headers', async () => {
    for (const second of [tenant.account, 'evil.test', '']) {
      const hosts = `Host: ${tenant.account}\r\nhost: ${second}\r\n`;
      const received = await sendRaw(
        portal.port,
        `GET /account/login HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`,
      );
      expect(received, second).to.match(/^HTTP\/1\.1 400 /);
      expect(received).to.include('names more than one host').and.not.to.include('Acme');
    }
  });

  it('responds with a page whose style its content security policy permits', async () => {
    const { text, headers } = await ask('unknown.portal.localhost:3000');
    const style = /<style>([^]*)<\/style>/.exec(text)![1]!;
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers['content-security-policy']).to.include(`style-src 'sha256-${hash}'`);
  });

  it('is not needed by the health endpoints', async () => {
    for (const host of ['unknown.example', tenant.account]) {
      expect((await ask(host, '/livez')).status, host).to.equal(200);
      expect((await ask(host, '/readyz')).status, host).to.equal(200);
    }
  });
});

describe('The log of unknown hosts', () => {
  let portal: OwnPortal;
  let lines: Record<string, unknown>[];

  beforeEach(async () => {
    lines = [];
    const log = createLog('warn', {
      write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
    });
    portal = await startPortal({ log });
  });
  afterEach(() => portal.close());

  const ask = (host: string, headers: Record<string, string> = {}) =>
    request(portal.server).get('/').set('Host', host).set(headers);

  it('has one warning per host with the one that the proxy has replaced', async () => {
    for (let n = 0; n < 3; n += 1) await ask('10.1.2.3:3999', { 'X-Forwarded-Host': 'acme.example' });
    await ask('other.example');
    expect(lines.map(({ host, x_forwarded_host }) => [host, x_forwarded_host])).to.eql([
      ['10.1.2.3:3999', 'acme.example'],
      ['other.example', undefined],
    ]);
    expect(lines[0]).to.include({ level: 40 });
    expect(lines[0]!['msg']).to.include('Host header');
  });

  it('has at most twenty hosts, each cut to 255 characters', async () => {
    for (let n = 0; n < 30; n += 1) await ask(`${'a'.repeat(300)}${n}.example`);
    for (let n = 0; n < 30; n += 1) await ask(`scan${n}.example`);
    expect(lines).to.have.length(20);
    for (const { host } of lines) expect(String(host).length).to.be.at.most(255);
  });
});

describe('The addresses of development', () => {
  const ask = (portal: TestPortal, host: string, path = '/') =>
    request(portal.server).get(path).set('Host', host);

  it('are listed at localhost and at the IP address of this machine', async () => {
    const portal = await startPortal();
    const tenant = await createTenant(portal, { name: 'Tom & <Co>' });
    for (const host of ['localhost:3000', '127.0.0.1:3000', 'LOCALHOST', '[::1]:3000']) {
      const { status, text } = await ask(portal, host);
      expect(status, host).to.equal(200);
      const page = parseHtml(text);
      expect(page.querySelectorAll('a').map((link) => link.getAttribute('href'))).to.eql([
        `http://${tenant.account}/account/login`,
        `http://${tenant.operations}/login`,
        `http://${portal.config.operationsDomain}/login`,
      ]);
      expect(page.querySelector('h2')!.text).to.equal('Tom & <Co>');
    }
    expect((await ask(portal, 'localhost:3000', '/account/login')).status).to.equal(404);
    expect((await ask(portal, 'localhost.evil.test')).status).to.equal(404);
    await portal.close();
  });

  for (const [name, env] of [
    ['in production', PRODUCTION],
    ['on a server that other machines can reach', { HOST: '0.0.0.0' }],
  ] as const)
    it(`are not listed ${name}`, async () => {
      const portal = await startPortal({ env });
      const tenant = await createTenant(portal, { name: 'Acme' });
      for (const host of ['localhost:3000', '127.0.0.1', '[::1]']) {
        const { status, text } = await ask(portal, host);
        expect(status, host).to.equal(404);
        expect(text).not.to.include(tenant.account).and.not.to.include('Acme');
      }
      await portal.close();
    });
});
