import type pg from 'pg';

/** What a piece of work asked of the database. */
export interface Counted {
  /** Connections taken from the pool. */
  checkouts: number;
  /** Times somebody waited for the database: statements sent without waiting in between are one. */
  roundTrips: number;
  statements: string[];
  /** The statements that inserted, updated or deleted at least one row. */
  writes: string[];
}

/** A statement as it was sent. */
export interface Sent {
  text: string;
  values: unknown[];
}

type Query = (...args: unknown[]) => unknown;

/** Records the statements sent through some pools since the last `start()`. */
export class StatementCounter {
  readonly #watched = new WeakSet<object>();
  #counted: Counted = nothing();

  /** Every statement ever sent, once each. */
  readonly sent = new Map<string, Sent>();

  constructor(...pools: pg.Pool[]) {
    for (const pool of pools) {
      pool.on('acquire', (client) => {
        this.#counted.checkouts += 1;
        this.#watch(client);
      });
    }
  }

  start(): void {
    this.#counted = nothing();
  }

  get counted(): Counted {
    return this.#counted;
  }

  #watch(client: pg.PoolClient): void {
    if (this.#watched.has(client)) return;
    this.#watched.add(client);
    const query = client.query.bind(client) as Query;
    let underWay = 0;
    const counting: Query = (...args) => {
      if (underWay === 0) this.#counted.roundTrips += 1;
      const text = textOf(args[0]);
      this.#counted.statements.push(text);
      this.sent.set(text, { text, values: valuesOf(args) });
      underWay += 1;
      const done = (result?: unknown) => {
        underWay -= 1;
        if (hasWritten(result)) this.#counted.writes.push(text);
      };
      const last = args.at(-1);
      // Asked for with a callback (the pool's own way) or for a promise.
      if (typeof last === 'function') return query(...args.slice(0, -1), before(done, last as Query));
      const answer = query(...args) as Promise<unknown>;
      answer.then(done, () => done());
      return answer;
    };
    client.query = counting as typeof client.query;
  }
}

function nothing(): Counted {
  return { checkouts: 0, roundTrips: 0, statements: [], writes: [] };
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

function before(done: (result: unknown) => void, callback: Query): Query {
  return (...args) => {
    done(args[1]);
    return callback(...args);
  };
}
