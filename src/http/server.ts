import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Router, type Express, type Request, type Response } from 'express';
import type { AppDeps } from '../app.ts';
import { schemaProblem } from '../database/current-schema.ts';

export interface RunningServer {
  server: http.Server;
  /** Accepts no new requests and lets open ones finish for at most `seconds`. */
  stop(seconds: number): Promise<void>;
}

/** @throws the error of `listen`, for example EADDRINUSE */
export function listen(app: Express, { port, host }: { port: number; host: string }): Promise<RunningServer> {
  const server = createServer(app);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve({ server, stop: (seconds) => drain(server, seconds) }));
  });
}

export function createServer(app: Express): http.Server {
  const timeouts = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 1_000 };
  return http.createServer({ ...timeouts, ...messageClasses(app) }, app);
}

/** Express changes the prototype of each request and response, which is slow. Objects of these classes have it already. */
function messageClasses(app: Express): Pick<http.ServerOptions, 'IncomingMessage' | 'ServerResponse'> {
  class AppRequest extends http.IncomingMessage {}
  class AppResponse<Incoming extends http.IncomingMessage> extends http.ServerResponse<Incoming> {}
  app.request = Object.setPrototypeOf(AppRequest.prototype, app.request) as Request;
  app.response = Object.setPrototypeOf(AppResponse.prototype, app.response) as Response;
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}

type HealthDeps = Pick<AppDeps, 'database' | 'isStarted' | 'isReady'>;

/** /livez: the process runs. /readyz: also started, not draining, the database is reachable and no migration is pending. */
export function health({ database, isStarted, isReady }: HealthDeps): Router {
  const router = Router();
  router.get('/livez', (_req, res) => void res.type('text').send('ok\n'));
  router.get('/readyz', async (_req, res) => {
    const problem = isReady() ? await startProblem(database, isStarted()) : 'draining';
    res
      .status(problem ? 503 : 200)
      .type('text')
      .send(`${problem ?? 'ready'}\n`);
  });
  return router;
}

const MAX_CHECK_MS = 1_500;

async function startProblem(database: HealthDeps['database'], isStarted: boolean): Promise<string | null> {
  const timeout = new AbortController();
  const { signal } = timeout;
  const late = delay(MAX_CHECK_MS, 'the database does not respond', { signal }).catch(() => null);
  const problem = await Promise.race([schemaProblem(database), late]);
  timeout.abort();
  return problem ?? (isStarted ? null : 'starting');
}

async function drain(server: http.Server, seconds: number): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  // Browsers keep their connection open after the last response.
  const closing = setInterval(() => server.closeIdleConnections(), 50);
  const timeout = new AbortController();
  await Promise.race([closed, delay(seconds * 1000, undefined, { signal: timeout.signal })]);
  clearInterval(closing);
  timeout.abort();
  server.closeAllConnections();
}
