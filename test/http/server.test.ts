import { expect } from 'chai';
import { once } from 'node:events';
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import express, { type Express } from 'express';
import request from 'supertest';
import { createServer, health } from '../../src/http/server.ts';
import { StatementCounter } from '../support/count-statements.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sendRaw } from '../support/send-raw.ts';

describe('The health endpoints', () => {
  let portal: OwnPortal;

  before(async () => {
    portal = await startPortal();
  });
  after(() => portal.close());

  const ask = (path: string, isReady = true, isStarted = true) => {
    const deps = { database: portal.database, isStarted: () => isStarted, isReady: () => isReady };
    return request(express().use(health(deps))).get(path);
  };

  it('respond with 200 while the process is ready', async () => {
    expect((await ask('/livez')).text).to.equal('ok\n');
    expect((await ask('/readyz')).text).to.equal('ready\n');
  });

  it('respond with 200 on /livez and 503 on /readyz while draining', async () => {
    expect((await ask('/livez', false)).status).to.equal(200);
    expect(await ask('/readyz', false)).to.include({ status: 503, text: 'draining\n' });
  });

  it('respond with 200 on /livez and 503 on /readyz while starting', async () => {
    expect((await ask('/livez', true, false)).status).to.equal(200);
    expect(await ask('/readyz', true, false)).to.include({ status: 503, text: 'starting\n' });
  });

  it('share one check of the database between simultaneous requests', async () => {
    const deps = { database: portal.database, isStarted: () => true, isReady: () => true };
    const app = express().use(health(deps));
    const server = app.listen(0);
    const counter = new StatementCounter(portal.database.app);
    const lock = await portal.owner.connect();
    await lock.query('begin; lock table app.knex_migrations');
    const requests = Array.from({ length: 30 }, () => request(server).get('/readyz'));
    const pending = Promise.all(requests);
    await delay(300);
    await lock.query('commit');
    lock.release();
    const responses = await pending;
    const { statements } = structuredClone(counter.counted);
    server.close();
    expect(new Set(responses.map(({ status }) => status))).to.deep.equal(new Set([200]));
    expect(statements.length).to.be.within(1, 3);
  });

  it('respond with 503 on /readyz while a migration is pending', async () => {
    const last = 'select max(name) from app.knex_migrations';
    await portal.owner.query(`delete from app.knex_migrations where name = (${last})`);
    expect(await ask('/readyz')).to.include({ status: 503, text: 'migrations to run: 1\n' });
  });
});

describe('The HTTP server', () => {
  let app: Express;
  let server: Server;
  let port: number;

  beforeEach(async () => {
    app = express()
      .get('/', (_req, res) => void res.send('Hello'))
      .post('/', (_req, res) => void res.send('Hello'));
    server = createServer(app, { keepAliveSeconds: 75 });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('keeps an idle connection longer than the time for headers', async function () {
    this.timeout(10_000);
    expect(server.keepAliveTimeout).to.equal(75_000);
    server.headersTimeout = 500;
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const ask = async () => {
      const request = http.get({ port, host: '127.0.0.1', agent });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      response.resume();
      await once(response, 'end');
      return { isReused: request.reusedSocket, keepAlive: response.headers['keep-alive'] };
    };
    expect(await ask()).to.eql({ isReused: false, keepAlive: 'timeout=75' });
    await delay(3_000);
    expect(await ask()).to.eql({ isReused: true, keepAlive: 'timeout=75' });
    agent.destroy();
  });

  it('closes an idle connection after KEEP_ALIVE_S', async function () {
    this.timeout(10_000);
    const short = createServer(app, { keepAliveSeconds: 1 });
    await once(short.listen(0, '127.0.0.1'), 'listening');
    const { port } = short.address() as AddressInfo;
    const received = await sendRaw(port, 'GET / HTTP/1.1\r\nHost: a.example\r\n\r\n');
    expect(received).to.include('Hello');
    short.close();
  });

  const malformed: [name: string, request: string, status: number, words: string][] = [
    [
      'more than 16 kB of headers',
      `GET / HTTP/1.1\r\nHost: a\r\nCookie: ${'a'.repeat(17_000)}\r\n\r\n`,
      431,
      'cookies',
    ],
    [
      'headers that arrive in many parts',
      `GET / HTTP/1.1\r\nHost: a\r\nCookie: ${'a'.repeat(2_000_000)}\r\n\r\n`,
      431,
      'cookies',
    ],
    ['a long path', `GET /${'a'.repeat(17_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431, 'cookies'],
    ['no request line', 'Hello\r\n\r\n', 400, 'This request is not valid'],
    ['an invalid header', 'GET / HTTP/1.1\r\nHost: a\r\nA b: c\r\n\r\n', 400, 'This request is not valid'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
      'This request is not valid',
    ],
    [
      'an invalid chunk',
      'POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
      'This request is not valid',
    ],
  ];
  for (const [name, text, status, words] of malformed)
    it(`responds with ${status} and a page to ${name}`, async () => {
      app.post('/body', (req, res) => void req.on('end', () => res.end()).resume());
      const received = await sendRaw(port, text);
      expect(received).to.match(new RegExp(`^HTTP/1\\.1 ${status} `));
      const [head = '', body = ''] = received.split('\r\n\r\n');
      expect(head)
        .to.include(`Content-Length: ${Buffer.byteLength(body)}`)
        .and.include('Connection: close');
      expect(body).to.include('<h1>').and.include(words);
    });

  it('closes the connection of a client that does not close it after a malformed request', async function () {
    this.timeout(10_000);
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined).resume();
    socket.write('Hello\r\n\r\n');
    await once(socket, 'end');
    await delay(2_500);
    const connections = await new Promise<number>((resolve) =>
      server.getConnections((_error, count) => resolve(count)),
    );
    socket.destroy();
    expect(connections).to.equal(0);
  });

  it('responds with 408 and a page to a request that does not arrive, and with nothing to a silent connection', async function () {
    this.timeout(10_000);
    server.headersTimeout = 200;
    expect(await sendRaw(port, 'GET / HTTP/1.1\r\nHost: a')).to.match(
      /^HTTP\/1\.1 408 [^]*<h1>The request timed out/,
    );
    expect(await sendRaw(port, '')).to.equal('');
  });

  it('creates requests and responses with the prototypes that Express gives them', async () => {
    const prototypes: unknown[] = [];
    server.prependListener('request', (req: IncomingMessage, res: ServerResponse) =>
      prototypes.push(Object.getPrototypeOf(req), Object.getPrototypeOf(res)),
    );
    const response = await request(server).get('/');
    expect(response.text).to.equal('Hello');
    expect(prototypes).to.have.length(2);
    expect(prototypes[0]).to.equal(app.request);
    expect(prototypes[1]).to.equal(app.response);
  });
});
