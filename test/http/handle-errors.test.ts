import { expect } from 'chai';
import express from 'express';
import request from 'supertest';
import { handleErrors } from '../../src/http/handle-errors.ts';
import { createLog } from '../../src/log.ts';
import {
  createCustomer,
  createTenant,
  signedInStaff,
  submitLogin,
  signIn,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sendRaw } from '../support/send-raw.ts';
import { Visitor } from '../support/visitor.ts';

describe('While the database is unavailable', () => {
  let portal: OwnPortal;
  let proxy: TcpProxy;
  let tenant: TestTenant;
  let person: TestPerson;
  let visitor: Visitor;

  before(async () => {
    portal = await startPortal({
      poolSize: 2,
      proxyDatabase: async (urls) => (proxy = await startTcpProxy(urls)).urls,
    });
    tenant = await createTenant(portal);
    person = await createCustomer(portal, tenant);
    visitor = await signIn(portal, tenant.account, person);
  });
  afterEach(() => proxy.reconnect());
  after(async () => {
    await portal.close();
    await proxy.close();
  });

  const ready = async () => (await request(portal.server).get('/readyz')).status;

  it('a page responds with 503 and Retry-After in the layout of the portal', async () => {
    proxy.disconnect();
    const page = await visitor.visit('/account');
    expect(page.status).to.equal(503);
    expect(page.h1).to.equal('The service is not available');
    expect(Number(page.headers['retry-after'])).to.be.greaterThan(0);
    expect(page.text)
      .to.include(tenant.name)
      .and.match(/Reference [0-9a-f]{12}/);
    expect(page.text).not.to.match(/ECONN|terminated|pool|postgres/i);
  });

  it('a form responds with 503, changes nothing and can be submitted again', async () => {
    const anonymous = new Visitor(portal, tenant.account);
    const form = await anonymous.visit('/account/login');
    proxy.disconnect();
    const response = await anonymous.postFrom(form, '/account/login', {
      username: person.email,
      password: person.password,
    });
    expect(response.status).to.equal(503);
    proxy.reconnect();
    const again = await anonymous.postFrom(form, '/account/login', {
      username: person.email,
      password: person.password,
    });
    expect(again.status).to.equal(303);
  });

  it('pages for anonymous users work for cached tenants', async () => {
    await new Visitor(portal, tenant.account).visit('/account/login');
    proxy.disconnect();
    const anonymous = new Visitor(portal, tenant.account);
    expect((await anonymous.visit('/account/login')).status).to.equal(200);
    expect((await anonymous.visit('/account/forgot-password')).status).to.equal(200);
    expect((await anonymous.get('/livez')).status).to.equal(200);
  });

  it('the host of a tenant that is not cached responds with 503 instead of 404', async () => {
    portal.directory.clear();
    proxy.disconnect();
    const { status } = await new Visitor(portal, tenant.account).get('/account/login');
    expect(status).to.equal(503);
  });

  it('/readyz responds with 503 until the database is back', async () => {
    expect(await ready()).to.equal(200);
    proxy.disconnect();
    expect(await ready()).to.equal(503);
    proxy.reconnect();
    expect(await ready()).to.equal(200);
  });

  it('a login session stays valid', async () => {
    proxy.disconnect();
    await visitor.visit('/account');
    proxy.reconnect();
    const page = await visitor.visit('/account');
    expect(page.status).to.equal(200);
    expect(page.path).to.equal('/account');
  });

  it('a terminated connection is replaced after at most two failed requests', async () => {
    await visitor.visit('/account');
    await portal.owner.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app_rw' and datname = current_database()`,
    );
    const statuses: number[] = [];
    for (let n = 0; n < 4; n += 1) statuses.push((await visitor.visit('/account')).status);
    expect(statuses.at(-1)).to.equal(200);
    expect(statuses.filter((status) => status !== 200 && status !== 503)).to.eql([]);
    expect(statuses.filter((status) => status === 503).length).to.be.at.most(2);
  });

  it('a request responds with 503 after two seconds without a free connection', async () => {
    const taken = await Promise.all([portal.database.app.connect(), portal.database.app.connect()]);
    const started = Date.now();
    const page = await visitor.visit('/account');
    expect(page.status).to.equal(503);
    expect(Date.now() - started).to.be.within(1500, 6000);
    for (const client of taken) client.release();
    expect((await visitor.visit('/account')).status).to.equal(200);
  });

  it('a request that waits for a locked row responds with 503 and changes nothing', async () => {
    const client = await portal.owner.connect();
    await client.query('begin');
    await client.query('select 1 from users where id = $1 for update', [person.id]);
    const anonymous = new Visitor(portal, tenant.account);
    const response = await submitLogin(anonymous, '/account/login', person);
    await client.query('rollback');
    client.release();
    expect(response.status).to.equal(503);
    expect((await anonymous.visit('/account')).path).to.equal('/account/login');
    expect((await submitLogin(anonymous, '/account/login', person)).status).to.equal(303);
  });
});

describe('An unexpected error', () => {
  it('after the end of a response does not cut it off', async () => {
    const bytes = 30_000_000;
    const app = express().get('/', (_req, res, next) => {
      res.type('application/octet-stream').end(Buffer.alloc(bytes));
      next(new Error('The session could not be saved'));
    });
    const response = await request(app.use(handleErrors(createLog('silent')))).get('/');
    expect((response.body as Buffer).length).to.equal(bytes);
  });

  it('shows the request id and no details', async () => {
    const portal = await startPortal();
    try {
      const tenant = await createTenant(portal);
      const visitor = await signIn(portal, tenant.account, await createCustomer(portal, tenant));
      await portal.owner.query('alter table app.memberships rename to gone_for_a_moment');
      const page = await visitor.visit('/account');
      expect(page.status).to.equal(500);
      expect(page.h1).to.equal('Something went wrong');
      expect(page.text).to.match(/Reference [0-9a-f]{12}/);
      expect(page.html).not.to.match(/memberships|relation|\.ts:|node_modules/);
      await portal.owner.query('alter table app.gone_for_a_moment rename to memberships');
    } finally {
      await portal.close();
    }
  });
});

describe('The page of a 403 or 404', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
  });
  after(() => portal.close());

  const PAGES = { '/emails': 'You do not have access to this page', '/unknown': 'Page not found' };

  it('has the navigation of staff, a card and a way back', async () => {
    const driver = await signedInStaff(portal, tenant, 'driver');
    for (const [path, heading] of Object.entries(PAGES)) {
      const page = await driver.visit(path);
      expect(page.find('main > .card h1')?.text, path).to.equal(heading);
      expect(page.title, path).to.equal(`${heading} – ${tenant.name}`);
      expect(page.find('nav a[href="/users"]')?.text, path).to.equal('Users');
      expect((await page.follow('Go to the start page')).path, path).to.equal('/dashboard');
    }
  });

  it('leads anonymous users to the login page', async () => {
    const page = await new Visitor(portal, tenant.operations).visit('/unknown');
    expect(page.h1).to.equal('Page not found');
    expect(page.find('.card')).to.equal(null);
    expect((await page.follow('Go to the start page')).path).to.equal('/login');
  });
});

describe('A request that no route takes', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let customer: Visitor;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    customer = await signIn(portal, tenant.account, await createCustomer(portal, tenant));
  });
  after(() => portal.close());

  const send = (method: string, path: string, host = tenant.account) =>
    sendRaw(portal.port, `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  const allowed = (received: string) => /^Allow: (.*)\r$/m.exec(received)?.[1];

  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND', 'TRACE'])
    it(`gets 405 and Allow for ${method} of a page`, async () => {
      const paths = {
        '/account/login': 'GET, HEAD, POST',
        '/account': 'GET, HEAD',
        '/account/logout': 'POST',
      };
      for (const [path, methods] of Object.entries(paths)) {
        const received = await send(method, path);
        expect(received, path).to.match(/^HTTP\/1\.1 405 /);
        expect(allowed(received), path).to.equal(methods);
        expect(received).to.include('This page cannot be used in this way');
      }
      const operations = await send(method, '/users/0190f7a0-0000-7000-8000-000000000000', tenant.operations);
      expect(allowed(operations)).to.equal('GET, HEAD, POST');
    });

  it('gets 404 for an unusual method of an unknown path', async () => {
    for (const method of ['PUT', 'DELETE', 'OPTIONS'])
      expect(await send(method, '/account/nothing'), method).to.match(/^HTTP\/1\.1 404 /);
  });

  it('gets 405 for POST of a page that is only read, and for GET of a path that is only written', async () => {
    const page = await customer.visit('/account/profile');
    expect(await customer.postFrom(page, '/account')).to.have.property('status', 405);
    expect(await customer.get('/account/logout')).to.have.property('status', 405);
    expect(await customer.postFrom(page, '/account/nothing')).to.have.property('status', 404);
  });

  it('gets a page about the address when a parameter of the path is malformed', async () => {
    for (const path of [
      '/account/companies/%E0%A4%A',
      '/account/companies/%/billing',
      '/account/companies/%ff',
    ]) {
      const page = await customer.visit(path);
      expect(page.status, path).to.equal(400);
      expect(page.h1).to.equal('This address is not valid');
      expect(page.text).not.to.include('form');
    }
    expect(await customer.visit('/%E0%A4%A')).to.have.property('status', 404);
  });
});
