import { expect } from 'chai';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import request from 'supertest';
import { createServer, health } from '../../src/http/server.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';

describe('The health endpoints', () => {
  let portal: TestPortal;

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

  it('respond with 503 on /readyz while a migration is pending', async () => {
    const last = 'select max(name) from app.knex_migrations';
    await portal.owner.query(`delete from app.knex_migrations where name = (${last})`);
    expect(await ask('/readyz')).to.include({ status: 503, text: 'migrations to run: 1\n' });
  });
});

describe('The HTTP server', () => {
  it('creates requests and responses with the prototypes that Express gives them', async () => {
    const app = express().get('/', (_req, res) => void res.send('Hello'));
    const server = createServer(app);
    const prototypes: unknown[] = [];
    server.prependListener('request', (req: IncomingMessage, res: ServerResponse) =>
      prototypes.push(Object.getPrototypeOf(req), Object.getPrototypeOf(res)),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const response = await request(server).get('/');
    server.close();
    expect(response.text).to.equal('Hello');
    expect(prototypes).to.have.length(2);
    expect(prototypes[0]).to.equal(app.request);
    expect(prototypes[1]).to.equal(app.response);
  });
});
