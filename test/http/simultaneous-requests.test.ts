import { expect } from 'chai';
import { Router, type Request, type Response } from 'express';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { mock } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { listMounts } from '../../src/app.ts';
import { TooManySimultaneousRequests } from '../../src/errors.ts';
import { anyone } from '../../src/http/guards.ts';
import { limitPerSession, MAX_PER_IP, MAX_PER_SESSION } from '../../src/http/simultaneous-requests.ts';
import { createTenant, createCustomer, signIn, type TestTenant } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('Simultaneous requests', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let stylesheet: string;
  /** Ends the open requests to /slow. */
  let finish: () => void;
  let open: Promise<void>;
  let begun: number;

  before(async () => {
    const slow = Router().get('/', anyone, async (_req, res) => {
      begun += 1;
      await open;
      res.send('done');
    });
    portal = await startPortal({
      mounts: (pipelines, config) => [
        { portal: 'account', path: '/slow', pipeline: pipelines.pages, routes: [slow] },
        ...listMounts(pipelines, config),
      ],
    });
    tenant = await createTenant(portal);
    const { html } = await new Visitor(portal, tenant.account).visit('/account/login');
    stylesheet = /\/assets\/app\.\w+\.css/.exec(html)![0];
  });
  beforeEach(() => {
    begun = 0;
    open = new Promise((resolve) => (finish = resolve));
  });
  afterEach(() => finish());
  after(() => portal.close());

  const untilBegun = async (count: number) => {
    const isBegun = () => begun >= count;
    while (!isBegun()) await delay(10);
  };

  const statusOf = async (visitor: Visitor, path = '/slow') => (await visitor.get(path)).status;

  /** Starts requests, waits until as many handlers as expected run, and returns how the others were refused. */
  const start = async (visitors: Visitor[], limit: number) => {
    const statuses: number[] = [];
    const requests = visitors.map(async (visitor) => {
      const { status, headers } = await visitor.get('/slow');
      if (status === 429) expect(Number(headers['retry-after'])).to.be.greaterThan(0);
      statuses.push(status);
    });
    while (begun + statuses.length < visitors.length) await delay(10);
    expect(begun).to.equal(limit);
    expect(statuses).to.deep.equal(Array(visitors.length - limit).fill(429));
    return async () => {
      finish();
      await Promise.all(requests);
      return statuses.filter((status) => status === 200).length;
    };
  };

  it('of one login session get 429 beyond the limit, while others and assets are served', async () => {
    const visitor = await signIn(portal, tenant.account, await createCustomer(portal, tenant));
    const other = await signIn(portal, tenant.account, await createCustomer(portal, tenant), {
      address: visitor.address,
    });
    const end = await start(Array(MAX_PER_SESSION + 3).fill(visitor) as Visitor[], MAX_PER_SESSION);
    expect(await statusOf(visitor, '/account')).to.equal(429);
    expect(await statusOf(other, '/account')).to.equal(200);
    expect(await statusOf(visitor, stylesheet)).to.equal(200);
    expect(await end()).to.equal(MAX_PER_SESSION);
    expect(await statusOf(visitor, '/account')).to.equal(200);
  });

  for (const [kind, addresses] of Object.entries({
    'one IPv4 address': ['203.0.113.9'],
    'one /64 of IPv6': ['2001:db8:1:2::1', '2001:db8:1:2:3:4:5:6'],
  }))
    it(`of ${kind} get 429 beyond the limit, while other addresses are served`, async () => {
      const visitors = Array.from(
        { length: MAX_PER_IP + 2 },
        (_, n) => new Visitor(portal, tenant.account, { address: addresses[n % addresses.length]! }),
      );
      const end = await start(visitors, MAX_PER_IP);
      const refused = await visitors[0]!.get('/account/login');
      expect([refused.status, refused.text.includes('Too many requests')]).to.deep.equal([429, true]);
      expect(await statusOf(visitors[0]!, stylesheet)).to.equal(200);
      // A request for another host looks for its tenant in the database.
      for (const path of ['/assets/missing.css', '/theme.css', '/theme.x/y'])
        expect(await statusOf(visitors[0]!, path), path).to.equal(429);
      expect(await statusOf(visitors[0]!, '/known-host?domain=other.example')).to.equal(429);
      const neighbour = new Visitor(portal, tenant.account, { address: '2001:db8:1:3::1' });
      expect(await statusOf(neighbour, '/account/login')).to.equal(200);
      expect(await end()).to.equal(MAX_PER_IP);
      expect(await statusOf(visitors[0]!, '/account/login')).to.equal(200);
    });

  it('that the client aborts before they are counted do not stay counted', async () => {
    const server = http.createServer().listen(0);
    const { port } = server.address() as AddressInfo;
    http
      .get({ port, host: '127.0.0.1' })
      .on('error', () => undefined)
      .once('socket', (socket) => {
        server.once('request', () => socket.destroy());
      });
    const [, res] = (await once(server, 'request')) as [unknown, http.ServerResponse];
    await once(res, 'close');
    const req = { portal: { kind: 'account' }, isSecureHost: false, signedCookies: { account: 'a session' } };
    const limit = limitPerSession();
    const run = () => limit(req as unknown as Request, res as unknown as Response, () => undefined);
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      for (let n = 0; n < MAX_PER_SESSION; n += 1) void run();
      expect(run).to.throw(TooManySimultaneousRequests);
      mock.timers.tick(10_000);
      expect(run).not.to.throw();
    } finally {
      mock.timers.reset();
      server.close();
    }
  });

  it('count while their handlers run although the client has aborted them', async () => {
    const visitor = await signIn(portal, tenant.account, await createCustomer(portal, tenant));
    const headers = {
      Host: visitor.host,
      Cookie: visitor.cookies.header(),
      'X-Forwarded-For': visitor.address,
    };
    const requests = Array.from({ length: MAX_PER_SESSION }, () => {
      const request = http.get({ port: portal.port, host: '127.0.0.1', path: '/slow', headers });
      request.on('error', () => undefined);
      return request;
    });
    await untilBegun(MAX_PER_SESSION);
    const closed = requests.map((request) => new Promise((resolve) => request.once('close', resolve)));
    for (const request of requests) request.destroy();
    await Promise.all(closed);
    await delay(20);
    expect(await statusOf(visitor, '/account')).to.equal(429);
    finish();
    await delay(20);
    expect(await statusOf(visitor, '/account')).to.equal(200);
  });
});
