import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Express } from 'express';

export interface Listening {
  server: http.Server;
  /** Takes nothing new, lets what is under way finish, for at most `seconds`. */
  stop(seconds: number): Promise<void>;
}

/** @throws the listen error: EADDRINUSE where the port is taken */
export function listen(app: Express, { port, host }: { port: number; host: string }): Promise<Listening> {
  const server = http.createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 1_000 },
    app,
  );
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve({ server, stop: (seconds) => drain(server, seconds) }));
  });
}

async function drain(server: http.Server, seconds: number): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  // A browser keeps its connection after the answer it waited for: then there is no more to wait for.
  const closing = setInterval(() => server.closeIdleConnections(), 50);
  const patience = new AbortController();
  await Promise.race([closed, pause(seconds * 1000, undefined, { signal: patience.signal })]);
  clearInterval(closing);
  patience.abort();
  server.closeAllConnections();
}
