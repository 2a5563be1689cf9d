import { once } from 'node:events';
import type { Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import express from 'express';
import { giveUploadTime } from '../../src/http/request-time.ts';
import { createServer } from '../../src/http/server.ts';

const TIMES = { formMs: 400, uploadMs: 1_500, windowMs: 300, minWindowBytes: 1_000 };

describe('The time for a request', function () {
  this.timeout(10_000);
  let server: Server;
  let port: number;
  let aborted: string[] = [];

  before(async () => {
    const app = express();
    app.post('/login', (_req, res) => void res.send('Log in first'));
    app.post('/:kind', (req, res) => {
      if (req.params.kind === 'uploads') giveUploadTime(req);
      req.once('aborted', () => aborted.push(req.params.kind));
      req.resume().once('end', () => void res.send('Received'));
    });
    server = createServer(app, { keepAliveSeconds: 75 }, TIMES);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  beforeEach(() => (aborted = []));
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  /** Sends the body in parts of `bytes` every 100 ms, until the server closes the connection. */
  async function send(path: string, { parts, bytes }: { parts: number; bytes: number }): Promise<string> {
    const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
    const received = text(socket);
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${parts * bytes}\r\n\r\n`,
    );
    for (let part = 0; part < parts && socket.writable; part++) {
      socket.write('x'.repeat(bytes));
      await delay(100);
    }
    return received;
  }

  it('is 30 seconds for a form, however fast its body arrives', async () => {
    expect(await send('/forms', { parts: 20, bytes: 1_000 })).to.match(
      /^HTTP\/1\.1 408 [^]*The request timed out/,
    );
    expect(aborted).to.eql(['forms']);
  });

  it('is not used up by a form that has arrived', async () => {
    expect(await send('/forms', { parts: 2, bytes: 1_000 })).to.match(/^HTTP\/1\.1 200 /);
    expect(aborted).to.eql([]);
  });

  it('is longer for an upload', async () => {
    expect(await send('/uploads', { parts: 10, bytes: 1_000 })).to.match(/^HTTP\/1\.1 200 /);
  });

  it('ends with an upload of 15 minutes', async () => {
    const startedAt = performance.now();
    expect(await send('/uploads', { parts: 40, bytes: 1_000 })).to.match(/^HTTP\/1\.1 408 /);
    expect(performance.now() - startedAt).to.be.within(1_400, 2_600);
    expect(aborted).to.eql(['uploads']);
  });

  it('ends with an upload that is slower than 10 kB per second', async () => {
    const startedAt = performance.now();
    expect(await send('/uploads', { parts: 40, bytes: 100 })).to.match(/^HTTP\/1\.1 408 /);
    expect(performance.now() - startedAt).to.be.below(1_000);
  });

  it('also ends for a body that is sent after the response', async () => {
    const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
    const received = text(socket);
    socket.write('POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n');
    const startedAt = performance.now();
    for (let part = 0; part < 20 && !socket.destroyed; part++) {
      socket.write('x');
      await delay(100);
    }
    expect(await received).to.include('Log in first');
    expect(performance.now() - startedAt).to.be.below(1_500);
  });
});
