import { expect } from 'chai';
import http, { type IncomingHttpHeaders, type RequestOptions, type Server } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { changePrimaryHost, createDomain, createTenant, type TestTenant } from '../support/factories.ts';
import { freePorts, isInstalled, startCaddy, startNginx, type Proxy } from '../support/proxies.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { settingsBehind } from '../support/serve-portal.ts';
import { skipBecause } from '../support/skip.ts';

const LARGE_HEADER = 'x'.repeat(12_000);
/** Larger than the limit of nginx without a setting. */
const UPLOAD_BYTES = 4_000_000;

interface Received {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

for (const [program, startProxy] of [
  ['nginx', startNginx],
  ['caddy', startCaddy],
] as const) {
  describe(`The portal behind ${program} as in deploy/`, function () {
    this.timeout(30_000);
    let portal: OwnPortal;
    let proxy: Proxy;
    let tenant: TestTenant;
    let ownDomain: string;

    before(async function () {
      if (!isInstalled(program)) skipBecause(this, `${program} is not installed`);
      const ports = await freePorts();
      portal = await startPortal({ env: settingsBehind(ports) });
      proxy = await startProxy(portal.port, ports);
      tenant = await createTenant(portal);
      ownDomain = await createDomain(portal, tenant, 'own-domain.localhost');
    });
    after(async () => {
      await proxy?.stop();
      await portal?.close();
    });

    const get = (host: string, path: string, headers: Record<string, string> = {}) =>
      send({ port: proxy.https, host, path, headers });

    it('serves every portal', async () => {
      const { account, operations } = tenant;
      const pages = [
        [account, '/account/login'],
        [operations, '/login'],
        [portal.config.operationsDomain, '/login'],
      ] as const;
      for (const [host, path] of pages) expect((await get(host, path)).status, host).to.equal(200);
    });

    it('redirects to https', async () => {
      const { hostname } = new URL(`http://${tenant.account}`);
      const { status, headers } = await send({ port: proxy.http, host: hostname, path: '/account' }, http);
      expect(status).to.be.oneOf([301, 308]);
      const { protocol, hostname: target, pathname } = new URL(headers.location!);
      expect([protocol, target, pathname]).to.deep.equal(['https:', hostname, '/account']);
    });

    it('compresses pages', async () => {
      const { headers } = await get(tenant.account, '/account/login', { 'Accept-Encoding': 'gzip, br' });
      expect(headers['content-encoding']).to.equal('gzip');
      expect(headers.vary).to.include('Accept-Encoding');
      expect(headers['cache-control']).to.equal('no-store');
      expect((await get(tenant.account, '/account/login')).headers['content-encoding']).to.equal(undefined);
    });

    it('passes assets on as the portal compressed them, for browsers to keep', async () => {
      const page = await get(tenant.account, '/account/login');
      const [path = ''] = /\/assets\/app\.\w+\.css/.exec(page.body.toString()) ?? [];
      const { headers, body } = await get(tenant.account, path, { 'Accept-Encoding': 'gzip, br' });
      expect(headers['content-encoding']).to.equal('br');
      expect(headers['cache-control']).to.equal('public, max-age=31536000, immutable');
      const again = await get(tenant.account, path, { 'If-None-Match': headers.etag! });
      expect(again.status).to.equal(304);
      expect(body.length).to.be.greaterThan(0);
    });

    it("serves a tenant's own domain", async () => {
      // Stored without a port, as on the port of https.
      const arrival = await get(ownDomain, '/account/login');
      expect(arrival.headers.location).to.equal(`https://${tenant.account}/account/login`);
      await changePrimaryHost(portal, tenant, ownDomain);
      expect((await get(ownDomain, '/account/login')).status).to.equal(200);
      await changePrimaryHost(portal, tenant, null);
    });

    it('has no certificate for an unknown name', async () => {
      const failure = await get('unknown.example', '/').catch((error: Error) => error.message);
      expect(failure).to.match(/SSL|TLS/i);
    });

    it("refuses a form that is too large with the portal's page", async () => {
      const body = Buffer.alloc(200_000, 'a');
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      const url = { port: proxy.https, host: tenant.account, path: '/account/login', method: 'POST' };
      const refused = await send({ ...url, headers }, https, body);
      expect(refused.status).to.be.oneOf([403, 413]);
      expect(refused.body.toString()).to.include('<h1');
      expect(refused.body.toString()).not.to.match(/nginx|caddy/i);
    });
  });

  describe(`${program} as in deploy/`, function () {
    this.timeout(30_000);
    let server: Server;
    let proxy: Proxy;

    before(async function () {
      if (!isInstalled(program)) skipBecause(this, `${program} is not installed`);
      server = await startEcho();
      proxy = await startProxy((server.address() as AddressInfo).port, await freePorts());
    });
    after(async () => {
      await proxy?.stop();
      server?.close();
      server?.closeAllConnections();
    });

    const sendEcho = (headers: Record<string, string>, body?: Buffer) =>
      send(
        {
          port: proxy.https,
          host: `acme.portal.localhost:${proxy.https}`,
          path: '/',
          method: 'POST',
          headers,
        },
        https,
        body,
      );

    it('passes on the host, and the address and the scheme that the client has, not those that it sent', async () => {
      const forged = { 'X-Forwarded-For': '192.0.2.1', 'X-Forwarded-Proto': 'http' };
      const received = JSON.parse((await sendEcho(forged)).body.toString()) as IncomingHttpHeaders;
      expect(received).to.include({
        host: `acme.portal.localhost:${proxy.https}`,
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'https',
      });
    });

    it('passes on the errors of the portal', async () => {
      const { status, body } = await sendEcho({ 'X-Status': '502' });
      expect(status).to.equal(502);
      expect(body.toString()).to.include('x-forwarded-for');
    });

    it('shows a page with a status of 503 when no portal runs', async () => {
      const { port } = server.address() as AddressInfo;
      server.close();
      server.closeAllConnections();
      const { status, headers, body } = await sendEcho({});
      expect(status).to.equal(503);
      expect(headers).to.include({ 'retry-after': '5', 'cache-control': 'no-store' });
      expect(headers['content-type']).to.match(/^text\/html/);
      expect(body.toString()).to.include('The service is not available');
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    });

    it('passes on uploads, and responses with large headers', async () => {
      const { status, headers } = await sendEcho({}, Buffer.alloc(UPLOAD_BYTES));
      expect(status).to.equal(200);
      expect(headers['x-received']).to.equal(String(UPLOAD_BYTES));
      expect(headers['x-large']).to.equal(LARGE_HEADER);
    });
  });
}

/** Responds with the headers that it receives. */
async function startEcho(): Promise<Server> {
  const server = http.createServer((req, res) => {
    if (req.url?.startsWith('/known-host')) return void res.end();
    let bytes = 0;
    req.on('data', (chunk: Buffer) => (bytes += chunk.length));
    req.on('end', () => {
      res.statusCode = Number(req.headers['x-status'] ?? 200);
      res.setHeader('X-Large', LARGE_HEADER);
      res.setHeader('X-Received', bytes);
      res.end(JSON.stringify(req.headers));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function send(
  { host, headers, ...options }: RequestOptions & { host: string },
  client: Pick<typeof https, 'request'> = https,
  body?: Buffer,
): Promise<Received> {
  const { hostname: servername } = new URL(`https://${host}`);
  const all = { ...(headers as Record<string, string>), Host: host };
  const connection = { host: '127.0.0.1', servername, rejectUnauthorized: false, maxHeaderSize: 64_000 };
  return new Promise((resolve, reject) => {
    const request = client.request({ ...options, ...connection, headers: all, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}
