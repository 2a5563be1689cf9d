import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';

/** A minimal Express app in its own process, as the reference of the page benchmarks. */
export async function startBareExpress(): Promise<{ port: number; pid: number; close(): void }> {
  const child: ChildProcess = fork(import.meta.filename, { env: { ...process.env, NODE_ENV: 'production' } });
  const [port] = (await once(child, 'message')) as [number];
  return { port, pid: child.pid!, close: () => child.kill() };
}

const isMainModule = process.argv[1] === import.meta.filename;
if (isMainModule) {
  const app = express().disable('x-powered-by').disable('etag');
  app.get('/', (_req, res) => void res.type('html').send('<p>Hello</p>'));
  const server = app.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}
