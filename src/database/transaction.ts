import type pg from 'pg';
import type { Log } from '../log.ts';
import type { Statement } from './in-tenant.ts';
import { isBrokenStatement, preparedName } from './prepared-statements.ts';

const refused = Symbol('refused');

/** A result that rolls back the transaction in which it is returned. Only `refuseWith` can create one. */
export type Refused<Details extends object = object> = Details & {
  readonly ok: false;
  readonly [refused]: true;
};

export function refuseWith<Details extends object>(details: Details): Refused<Details> {
  return { ...details, ok: false, [refused]: true };
}

/** Shorter than the five minutes after which audit events are sealed. */
export const MAX_TRANSACTION_MINUTES = 4;

type Callback = () => void | Promise<void>;

export type DatabaseError = Error & { code?: string };

interface Unsent {
  statement: Statement;
  toError?: ((error: DatabaseError) => Error) | undefined;
}

type ResultCallback = (error: DatabaseError | null, result?: pg.QueryResult) => void;

/** An insert of several rows has another text for each number of rows. */
const MAX_PREPARED_VALUES = 30;

/**
 * Runs the statements of a transaction on one client. A deferred statement is sent in one round trip with the next one
 * whose result is awaited, or with COMMIT.
 */
export class Transaction {
  readonly #client: pg.PoolClient;
  readonly #startedAt = performance.now();
  #unsent: Unsent[];
  readonly #hasPreparedStatements: boolean;
  #hasBegun = false;
  #isReusable = true;
  #hasEnded = false;
  #deferredError: Error | undefined;

  /** Called in their order once the transaction has committed. */
  readonly afterCommit: Callback[] = [];

  constructor(client: pg.PoolClient, { opening, hasPreparedStatements }: TransactionOptions) {
    this.#client = client;
    this.#hasPreparedStatements = hasPreparedStatements;
    this.#unsent = opening.map((text) => ({ statement: { text, values: [] } }));
  }

  /** An error of the statement makes the whole transaction fail, with the error that `toError` returns for it. */
  defer(statement: Statement, toError?: (error: DatabaseError) => Error): void {
    this.#refuseAfterEnd();
    this.#unsent.push({ statement, toError });
  }

  /** Called by knex: the transaction is the connection of its builders. */
  query(statement: Statement, callback: ResultCallback): void {
    this.#refuseAfterEnd();
    this.#cork();
    this.#sendDeferred();
    this.#send(statement, callback);
  }

  /** @throws {Error} also if a deferred statement fails or COMMIT rolls back, because a statement failed before */
  async commit(): Promise<void> {
    this.#refuseAfterEnd();
    this.#refuseWhenLate();
    this.#cork();
    this.#sendDeferred();
    // A value that cannot be serialised: the server has not received the statement and would commit the others.
    if (this.#deferredError) throw this.#deferredError;
    const { command } = await this.#end('commit');
    if (this.#deferredError) throw this.#deferredError;
    // COMMIT of a failed transaction rolls back without an error.
    if (command !== 'COMMIT') throw new Error('The transaction did not commit');
  }

  /** Does nothing after `commit()`. An error is ignored, because a connection that is lost rolls back too. */
  async rollback(): Promise<void> {
    if (this.#hasEnded) return;
    if (this.#hasBegun) return void (await this.#end('rollback').catch(() => undefined));
    this.#hasEnded = true;
    this.#client.release();
  }

  /** Returns the error of a deferred statement for the error that it caused in a later one. */
  causeOf(error: unknown): unknown {
    return (error as { code?: unknown } | null)?.code === IN_FAILED_TRANSACTION
      ? (this.#deferredError ?? error)
      : error;
  }

  async #end(statement: 'commit' | 'rollback'): Promise<pg.QueryResult> {
    this.#hasEnded = true;
    try {
      const result = await this.#client.query(statement);
      this.#client.release(!this.#isReusable);
      return result;
    } catch (error) {
      this.#client.release(!this.#isReusable || !isReusableAfter(error));
      throw error;
    }
  }

  #sendDeferred(): void {
    this.#hasBegun = true;
    const unsent = this.#unsent;
    this.#unsent = [];
    for (const { statement, toError } of unsent)
      this.#send(statement, (error) => {
        if (error) this.#deferredError ??= toError?.(error) ?? error;
      });
  }

  #send({ text, values, hasOptionalFilters = false }: Statement, callback: ResultCallback): void {
    const mayPrepare = this.#hasPreparedStatements && !hasOptionalFilters;
    const hasFixedText = values.length > 0 && values.length <= MAX_PREPARED_VALUES;
    const name = mayPrepare && hasFixedText ? preparedName(text) : undefined;
    this.#client.query({ text, values, name }, (error: DatabaseError | null, result) => {
      if (error && isBrokenStatement(error)) this.#isReusable = false;
      callback(error, result);
    });
  }

  /** The statements that are sent before the next tick are one write to the socket. */
  #cork(): void {
    const { stream } = this.#client.connection;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  #refuseAfterEnd(): void {
    if (this.#hasEnded) throw new Error('The transaction has ended');
  }

  /** PostgreSQL 15 and 16 have no transaction_timeout. */
  #refuseWhenLate(): void {
    if (performance.now() - this.#startedAt > MAX_TRANSACTION_MINUTES * 60_000)
      throw new Error(`The transaction took longer than ${MAX_TRANSACTION_MINUTES} minutes`);
  }
}

const IN_FAILED_TRANSACTION = '25P02';

interface TransactionOptions {
  pool: pg.Pool;
  log: Log;
  /** Sent with the first statement. */
  opening: readonly string[];
  hasPreparedStatements: boolean;
}

/** Rolls back when `work` throws or returns a `Refused`; commits every other result. */
export async function runInTransaction<Result>(
  options: TransactionOptions,
  work: (transaction: Transaction) => Result | Promise<Result>,
): Promise<Result> {
  const transaction = new Transaction(await options.pool.connect(), options);
  const result = await commitUnlessRefused(transaction, work);
  if (!isRefused(result)) await runCallbacks(transaction.afterCommit, options.log);
  return result;
}

async function commitUnlessRefused<Result>(
  transaction: Transaction,
  work: (transaction: Transaction) => Result | Promise<Result>,
): Promise<Result> {
  try {
    const result = await work(transaction);
    await (isRefused(result) ? transaction.rollback() : transaction.commit());
    return result;
  } catch (error) {
    await transaction.rollback();
    throw transaction.causeOf(error);
  }
}

/** The work is committed, so an error here must not look like a failed transaction. */
async function runCallbacks(callbacks: readonly Callback[], log: Log): Promise<void> {
  for (const callback of callbacks) {
    try {
      await callback();
    } catch (error) {
      log.error({ err: error }, 'a callback after a commit failed');
    }
  }
}

function isRefused(result: unknown): boolean {
  return typeof result === 'object' && result !== null && refused in result;
}

/** After any other error the connection must not return to the pool. */
export function isReusableAfter(error: unknown): boolean {
  return (
    error instanceof Error && 'severity' in error && error.severity === 'ERROR' && !isBrokenStatement(error)
  );
}
