import type pg from 'pg';

/** The activity since `start()`. */
export interface StatementCounts {
  /** Connections taken from the pool. */
  checkouts: number;
  /** Statements sent without waiting in between are one round trip. */
  roundTrips: number;
  statements: string[];
  /** Writes to the sockets. */
  socketWrites: number;
  /** The texts of the prepared statements, by their names. */
  prepared: Map<string, string>;
  /** The statements that inserted, updated or deleted at least one row. */
  writes: string[];
}

export interface SentStatement {
  text: string;
  values: unknown[];
}

type Query = (...args: unknown[]) => unknown;

/** Records the statements sent through some pools since the last `start()`. */
export class StatementCounter {
  readonly #watched = new WeakSet<object>();
  #counted: StatementCounts = noCounts();

  /** Every statement since the counter was made, by its text. */
  readonly sent = new Map<string, SentStatement>();

  constructor(...pools: pg.Pool[]) {
    for (const pool of pools) {
      pool.on('acquire', (client) => {
        this.#counted.checkouts += 1;
        this.#watch(client);
      });
    }
  }

  start(): void {
    this.#counted = noCounts();
  }

  get counted(): StatementCounts {
    return this.#counted;
  }

  #watch(client: pg.PoolClient): void {
    if (this.#watched.has(client)) return;
    this.#watched.add(client);
    this.#watchSocket(client);
    const query = client.query.bind(client) as Query;
    let pending = 0;
    const counting: Query = (...args) => {
      if (pending === 0) this.#counted.roundTrips += 1;
      const { text, values } = sentStatement(args);
      this.#counted.statements.push(text);
      const { name } = args[0] as { name?: string };
      if (name !== undefined) this.#counted.prepared.set(name, text);
      this.sent.set(text, { text, values });
      pending += 1;
      const done = (result?: unknown) => {
        pending -= 1;
        if (hasWritten(result)) this.#counted.writes.push(text);
      };
      const last = args.at(-1);
      // The pool itself queries with a callback, callers with a promise.
      if (typeof last === 'function') return query(...args.slice(0, -1), callBefore(done, last as Query));
      const result = query(...args) as Promise<unknown>;
      result.then(done, () => done());
      return result;
    };
    client.query = counting as typeof client.query;
  }

  #watchSocket({ connection: { stream } }: pg.PoolClient): void {
    for (const method of ['_write', '_writev'] as const) {
      const write = stream[method]!.bind(stream) as Query;
      stream[method] = (...args: unknown[]) => {
        this.#counted.socketWrites += 1;
        return write(...args) as void;
      };
    }
  }
}

function noCounts(): StatementCounts {
  return { checkouts: 0, roundTrips: 0, statements: [], socketWrites: 0, prepared: new Map(), writes: [] };
}

/** @param args those of `pg.Client.query` */
export function sentStatement(args: unknown[]): SentStatement {
  return { text: textOf(args[0]), values: valuesOf(args) };
}

function textOf(query: unknown): string {
  const text = typeof query === 'string' ? query : (query as { text?: string }).text;
  return (text ?? '').replace(/\s+/g, ' ').trim();
}

function valuesOf([query, values]: unknown[]): unknown[] {
  if (Array.isArray(values)) return values as unknown[];
  return (query as { values?: unknown[] }).values ?? [];
}

function hasWritten(result: unknown): boolean {
  const { command, rowCount } = (result ?? {}) as { command?: string; rowCount?: number | null };
  return ['INSERT', 'UPDATE', 'DELETE'].includes(command ?? '') && Number(rowCount) > 0;
}

function callBefore(done: (result: unknown) => void, callback: Query): Query {
  return (...args) => {
    done(args[1]);
    return callback(...args);
  };
}
