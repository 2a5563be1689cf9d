import { expect } from 'chai';
import request from 'supertest';
import {
  createCustomer,
  createTenant,
  submitLogin,
  signIn,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('while the database is away', () => {
  let portal: TestPortal;
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

  it('a page says so with 503 and when to come back, in the portal’s own dress', async () => {
    proxy.disconnect();
    const page = await visitor.visit('/account');
    expect(page.status).to.equal(503);
    expect(page.h1).to.equal('We will be right back');
    expect(Number(page.headers['retry-after'])).to.be.greaterThan(0);
    expect(page.text)
      .to.include(tenant.name)
      .and.match(/Reference [0-9a-f]{12}/);
    expect(page.text).not.to.match(/ECONN|terminated|pool|postgres/i);
  });

  it('a form is not lost on an accident: nothing is changed, and it can be sent again', async () => {
    const stranger = new Visitor(portal, tenant.account);
    const form = await stranger.visit('/account/login');
    proxy.disconnect();
    const answer = await stranger.postFrom(form, '/account/login', {
      username: person.email,
      password: person.password,
    });
    expect(answer.status).to.equal(503);
    proxy.reconnect();
    const again = await stranger.postFrom(form, '/account/login', {
      username: person.email,
      password: person.password,
    });
    expect(again.status).to.equal(303);
  });

  it('the pages for everybody go on, of tenants that are known', async () => {
    await new Visitor(portal, tenant.account).visit('/account/login');
    proxy.disconnect();
    const stranger = new Visitor(portal, tenant.account);
    expect((await stranger.visit('/account/login')).status).to.equal(200);
    expect((await stranger.visit('/account/forgot-password')).status).to.equal(200);
    expect((await stranger.get('/livez')).status).to.equal(200);
  });

  it('a tenant that is not known yet is not taken for none', async () => {
    portal.directory.clear();
    proxy.disconnect();
    const { status } = await new Visitor(portal, tenant.account).get('/account/login');
    expect(status).to.equal(503);
  });

  it('the portal says that it is not ready, and is again by itself', async () => {
    expect(await ready()).to.equal(200);
    proxy.disconnect();
    expect(await ready()).to.equal(503);
    proxy.reconnect();
    expect(await ready()).to.equal(200);
  });

  it('nobody is logged out by it', async () => {
    proxy.disconnect();
    await visitor.visit('/account');
    proxy.reconnect();
    const page = await visitor.visit('/account');
    expect(page.status).to.equal(200);
    expect(page.path).to.equal('/account');
  });

  it('a connection that the server ended is replaced, at the cost of one answer at most', async () => {
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

  it('whoever finds every connection taken is told after two seconds, and does not hang', async () => {
    const taken = await Promise.all([portal.database.app.connect(), portal.database.app.connect()]);
    const started = Date.now();
    const page = await visitor.visit('/account');
    expect(page.status).to.equal(503);
    expect(Date.now() - started).to.be.within(1500, 6000);
    for (const client of taken) client.release();
    expect((await visitor.visit('/account')).status).to.equal(200);
  });

  it('whoever waits for a row that somebody keeps locked is told, and nothing is half done', async () => {
    const client = await portal.owner.connect();
    await client.query('begin');
    await client.query('select 1 from users where id = $1 for update', [person.id]);
    const stranger = new Visitor(portal, tenant.account);
    const answer = await submitLogin(stranger, '/account/login', person);
    await client.query('rollback');
    client.release();
    expect(answer.status).to.equal(503);
    expect((await stranger.visit('/account')).path).to.equal('/account/login');
    expect((await submitLogin(stranger, '/account/login', person)).status).to.equal(303);
  });
});

describe('an accident of ours', () => {
  it('tells a visitor its number and nothing else', async () => {
    const portal = await startPortal();
    try {
      const tenant = await createTenant(portal);
      const visitor = await signIn(portal, tenant.account, await createCustomer(portal, tenant));
      await portal.owner.query('alter table app.memberships rename to gone_for_a_moment');
      const page = await visitor.visit('/account');
      expect(page.status).to.equal(500);
      expect(page.h1).to.equal('Sorry, something went wrong');
      expect(page.text).to.match(/Reference [0-9a-f]{12}/);
      expect(page.html).not.to.match(/memberships|relation|\.ts:|node_modules/);
      await portal.owner.query('alter table app.gone_for_a_moment rename to memberships');
    } finally {
      await portal.close();
    }
  });
});
