import http from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Router, type Express, type Request, type RequestHandler, type Response } from 'express';
import type { AppDeps } from '../app.ts';
import type { Config } from '../config.ts';
import { schemaProblem } from '../database/current-schema.ts';
import { plainResponse } from './plain-page.ts';
import { limitRequestTimes, REQUEST_TIMES } from './request-time.ts';

export interface RunningServer {
  server: http.Server;
  /** Serves requests for `shutdownDelaySeconds`, then closes the port and lets open requests finish for `drainSeconds`. */
  stop(drainSeconds: number): Promise<void>;
}

/** @throws the error of `listen`, for example EADDRINUSE */
export function listen(app: Express, config: Config): Promise<RunningServer> {
  const server = createServer(app, config);
  const stop = async (drainSeconds: number) => {
    await delay(config.shutdownDelaySeconds * 1000);
    await drain(server, drainSeconds);
  };
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, () => resolve({ server, stop }));
  });
}

export function createServer(
  app: Express,
  { keepAliveSeconds }: Pick<Config, 'keepAliveSeconds'>,
  times = REQUEST_TIMES,
): http.Server {
  // Node counts headersTimeout from the first byte of a request, so it may be shorter than keepAliveTimeout.
  // requestTimeout is that of uploads; other requests are ended earlier.
  const requestTimeout = 10_000 + times.formMs + times.uploadMs;
  const timeouts = { headersTimeout: 10_000, requestTimeout, connectionsCheckingInterval: 1_000 };
  const keepAliveTimeout = keepAliveSeconds * 1000;
  const server = http.createServer({ ...timeouts, keepAliveTimeout, ...messageClasses(app) }, app);
  limitRequestTimes(server, times);
  return server.on('clientError', refuseMalformedRequest);
}

/** Express changes the prototype of each request and response, which is slow. Objects of these classes have it already. */
function messageClasses(app: Express): Pick<http.ServerOptions, 'IncomingMessage' | 'ServerResponse'> {
  class AppRequest extends http.IncomingMessage {}
  class AppResponse<Incoming extends http.IncomingMessage> extends http.ServerResponse<Incoming> {}
  app.request = Object.setPrototypeOf(AppRequest.prototype, app.request) as Request;
  app.response = Object.setPrototypeOf(AppResponse.prototype, app.response) as Response;
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}

const TOO_MANY_HEADERS = plainResponse(
  431,
  'The request is too large',
  'Delete the cookies of this site in your browser, then try again.',
);
const TOO_SLOW = plainResponse(
  408,
  'The request timed out',
  'The request did not arrive completely. Check your connection and try again.',
);
const MALFORMED = plainResponse(
  400,
  'This request is not valid',
  'Nothing was changed. Reload the page and try again.',
);

interface ClientError extends Error {
  code?: string;
  bytesParsed?: number;
}

/** For clients that do not close their side. */
const MAX_CLOSING_MS = 2_000;

const refusedSockets = new WeakSet<Duplex>();

/** The socket has no response: the request could not be parsed, or did not arrive in time. */
function refuseMalformedRequest({ code }: ClientError, socket: Duplex): void {
  // The rest of the request. Closing the socket before it is read would make the client discard the page.
  if (refusedSockets.has(socket)) return;
  const isSilent = 'bytesRead' in socket && socket.bytesRead === 0;
  const { _httpMessage: response } = socket as { _httpMessage?: http.ServerResponse | null };
  if (code === 'ECONNRESET' || !socket.writable || isSilent || response?.headersSent)
    return void socket.destroy();
  const page =
    code === 'HPE_HEADER_OVERFLOW'
      ? TOO_MANY_HEADERS
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? TOO_SLOW
        : MALFORMED;
  refusedSockets.add(socket);
  socket.end(page);
  setTimeout(() => socket.destroy(), MAX_CLOSING_MS).unref();
}

type HealthDeps = Pick<AppDeps, 'database' | 'isStarted' | 'isReady'>;

/** /livez: the process runs. /readyz: also started, not draining, the database is reachable and no migration is pending. */
export function health({ database, isStarted, isReady }: HealthDeps): Router {
  const router = Router();
  router.get('/livez', (_req, res) => void res.type('text').send('ok\n'));
  // Shared by simultaneous requests, so that they do not use up the connections.
  let checking: Promise<string | null> | undefined;
  const check = () => (checking ??= databaseProblem(database).finally(() => (checking = undefined)));
  router.get('/readyz', async (_req, res) => {
    const problem = isReady() ? ((await check()) ?? (isStarted() ? null : 'starting')) : 'draining';
    res
      .status(problem ? 503 : 200)
      .type('text')
      .send(`${problem ?? 'ready'}\n`);
  });
  return router;
}

const MAX_CHECK_MS = 1_500;

async function databaseProblem(database: HealthDeps['database']): Promise<string | null> {
  const timeout = new AbortController();
  const { signal } = timeout;
  const late = delay(MAX_CHECK_MS, 'the database does not respond', { signal }).catch(() => null);
  const problem = await Promise.race([schemaProblem(database), late]);
  timeout.abort();
  return problem;
}

/** Proxies and browsers then send their next request over a new connection, to another process when the port is closed. */
export function closeConnectionsWhileDraining({ isReady }: Pick<AppDeps, 'isReady'>): RequestHandler {
  return (_req, res, next) => {
    if (!isReady()) res.set('Connection', 'close');
    next();
  };
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
