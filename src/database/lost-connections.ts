import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type pg from 'pg';

/** Finds a lost server during a statement that takes long. */
export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 5_000 };

/** Above the statement timeout of requests, so that the server cancels a slow statement first. */
export const MAX_SILENCE_MS = 6_000;

/** The same for work that takes longer than a request: above the statement timeout of app_platform. */
export const MAX_LONG_SILENCE_MS = 65_000;

/** After a failover, another server accepts writes. */
export const READ_ONLY_TRANSACTION = '25006';

const UNREACHABLE_CODES =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|08\d{3}|57P0[1-4]|53300)$/;
/** Of the driver's errors without a code. */
const UNREACHABLE_MESSAGES =
  /timeout exceeded when trying|timeout expired|Connection terminated|not queryable/;

/** Whether the server cannot be reached, starts or stops, or the pool has no free connection. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return UNREACHABLE_CODES.test(code) || UNREACHABLE_MESSAGES.test(error.message);
}

/** What the types of the driver lack. */
interface Driver {
  connection: EventEmitter & { stream: Socket };
  /** False while a result is awaited. */
  readyForQuery: boolean;
}

/** An event of a connection. */
const LOST = Symbol('lost');

function driverOf(client: pg.ClientBase): Driver {
  return client as pg.ClientBase & Driver;
}

/** When the server sends nothing for this time during a statement, the connection is closed and its statements fail. */
export function limitSilence(client: pg.ClientBase, ms: number): void {
  driverOf(client).connection.stream.on('timeout', () => closeIfSilent(driverOf(client)));
  setMaxSilence(client, ms);
}

export function setMaxSilence(client: pg.ClientBase, ms: number): void {
  driverOf(client).connection.stream.setTimeout(ms);
}

function closeIfSilent(client: Driver): void {
  // Otherwise a statement that is sent before the check below would seem to be late.
  if (client.readyForQuery) return;
  const { connection } = client;
  const { bytesRead } = connection.stream;
  // Later, because bytes that arrived while the event loop was busy are not read yet.
  setImmediate(() => {
    if (client.readyForQuery || connection.stream.bytesRead > bytesRead) return;
    const error = new Error('The database server does not respond');
    connection.emit(LOST);
    connection.stream.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
  });
}

/** When one connection is lost, or its server has become read-only, the idle ones of the same server probably are too. */
export class IdleClients {
  readonly #clients = new Set<pg.ClientBase>();

  watch(pool: pg.Pool): void {
    pool.on('acquire', (client) => void this.#clients.delete(client));
    pool.on('release', (_error, client) => void this.#clients.add(client));
    pool.on('remove', (client) => void this.#clients.delete(client));
    pool.on('connect', (client) => {
      const { connection } = driverOf(client);
      connection.on(LOST, () => this.#close());
      connection.on('errorMessage', ({ code }: { code?: string }) => {
        if (code === READ_ONLY_TRANSACTION) this.#close();
      });
    });
  }

  #close(): void {
    for (const client of this.#clients) driverOf(client).connection.stream.destroy();
    this.#clients.clear();
  }
}
