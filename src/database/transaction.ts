import type pg from 'pg';
import type { Log } from '../log.ts';
import { MAX_SILENCE_MS, READ_ONLY_TRANSACTION, setMaxSilence } from './lost-connections.ts';
import { isBrokenStatement, isPreparable, preparedName, type PreparedNames } from './prepared-statements.ts';
import type { Statement } from './statement.ts';

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

interface Deferred {
  statement: Statement;
  toError?: ((error: DatabaseError) => Error) | undefined;
  onResult?: (result: pg.QueryResult) => void;
}

type ResultCallback = (error: DatabaseError | null, result?: pg.QueryResult) => void;

interface TransactionOptions {
  pool: pg.Pool;
  log: Log;
  /** Sent with the first statement. */
  opening: readonly string[];
  /** Absent when no statement is prepared. */
  preparedNames?: PreparedNames | undefined;
  /** Of the server during a statement. The default is that of the pool. */
  maxSilenceMs?: number | undefined;
  /** Called before the work runs again after a deadlock. */
  beforeRetry?: (() => void) | undefined;
}

const SAVEPOINT = 'before_error';

/**
 * Runs the statements of a transaction on one client. A deferred statement is sent in one round trip with the next one
 * whose result is awaited, or with COMMIT.
 */
export class Transaction {
  readonly #client: pg.PoolClient;
  readonly #options: TransactionOptions;
  readonly #startedAt = performance.now();
  #unsent: Deferred[];
  #hasBegun = false;
  #isReusable = true;
  #hasEnded = false;
  /** Of the first statement that failed. */
  #error: Error | undefined;

  /** Called in their order once the transaction has committed. */
  readonly afterCommit: Callback[] = [];

  constructor(client: pg.PoolClient, options: TransactionOptions) {
    this.#client = client;
    this.#options = options;
    if (options.maxSilenceMs !== undefined) setMaxSilence(client, options.maxSilenceMs);
    this.#unsent = options.opening.map((text) => ({ statement: { text, values: [] } }));
  }

  /** An error of the statement makes the whole transaction fail, with the error that `toError` returns for it. */
  defer(statement: Statement, callbacks: Omit<Deferred, 'statement'> = {}): void {
    this.#assertOpen();
    this.#unsent.push({ statement, ...callbacks });
  }

  /** Called by knex: the transaction is the connection of its builders. */
  query(statement: Statement, callback: ResultCallback): void {
    this.#assertOpen();
    this.#cork();
    void this.#sendDeferred();
    this.#send(statement, callback);
  }

  /** Sends the deferred statements. An error makes the whole transaction fail. */
  send(): void {
    this.#assertOpen();
    this.#cork();
    void this.#sendDeferred();
  }

  /** Sends the deferred statements and waits for their results. @throws {Error} if a statement has failed */
  async flush(): Promise<void> {
    this.#assertOpen();
    this.#cork();
    await this.#sendDeferred();
    if (this.#error) throw this.#error;
  }

  /** Returns false after a unique violation of `work`, whose statements and callbacks are then rolled back. */
  async catchUniqueViolation(work: () => Promise<unknown>): Promise<boolean> {
    return (await this.catchError(work, (error) => codeOf(error) === UNIQUE_VIOLATION)) === undefined;
  }

  /** Returns an expected error of `work`, whose statements and callbacks are then rolled back. */
  async catchError(
    work: () => Promise<unknown>,
    isExpected: (error: unknown) => boolean,
  ): Promise<Error | undefined> {
    const callbacks = this.afterCommit.length;
    // False after an error of an earlier statement.
    let isSaved = true;
    const markUnsaved = (error: Error) => {
      isSaved = false;
      return error;
    };
    this.defer(withoutValues(`savepoint ${SAVEPOINT}`), { toError: markUnsaved });
    try {
      await work();
      await this.flush();
      this.defer(withoutValues(`release savepoint ${SAVEPOINT}`));
      return undefined;
    } catch (error) {
      const cause = this.causeOf(error);
      if (!isSaved || !isExpected(cause)) throw error;
      this.defer(withoutValues(`rollback to savepoint ${SAVEPOINT}`), {
        onResult: () => (this.#error = undefined),
      });
      this.defer(withoutValues(`release savepoint ${SAVEPOINT}`));
      this.afterCommit.splice(callbacks);
      return cause as Error;
    }
  }

  /** @throws {Error} also if a statement failed before, because COMMIT then rolls back */
  async commit(): Promise<void> {
    this.#assertOpen();
    this.#assertInTime();
    this.#cork();
    void this.#sendDeferred();
    // The server has not received a statement with a value that cannot be serialised and would commit the others.
    this.#assertOpen();
    const { command } = await this.#end('commit');
    if (this.#error) throw this.#error;
    if (command !== 'COMMIT') throw new Error('The transaction did not commit');
  }

  /** Does nothing after `commit()`. An error is ignored, because a connection that is lost rolls back too. */
  async rollback(): Promise<void> {
    if (this.#hasEnded) return;
    if (this.#hasBegun) return void (await this.#end('rollback').catch(() => undefined));
    this.#hasEnded = true;
    this.#release();
  }

  /** Returns the error of the first statement that failed for an error that it caused in a later one. */
  causeOf(error: unknown): unknown {
    return this.#isCausedByEarlier(error) ? this.#error : error;
  }

  #isCausedByEarlier(error: unknown): boolean {
    return this.#error !== undefined && CAUSED_BY_EARLIER_ERROR.has(codeOf(error));
  }

  async #end(statement: 'commit' | 'rollback'): Promise<pg.QueryResult> {
    this.#hasEnded = true;
    try {
      const result = await this.#client.query(statement);
      this.#release();
      return result;
    } catch (error) {
      if (!isReusableAfter(error)) this.#isReusable = false;
      this.#release();
      throw error;
    }
  }

  #release(): void {
    if (this.#options.maxSilenceMs !== undefined) setMaxSilence(this.#client, MAX_SILENCE_MS);
    this.#client.release(!this.#isReusable);
  }

  /** Resolves when all have succeeded or failed. */
  async #sendDeferred(): Promise<void> {
    this.#hasBegun = true;
    const unsent = this.#unsent;
    this.#unsent = [];
    const sent = unsent.map(
      ({ statement, onResult, toError }) =>
        new Promise<void>((resolve) => {
          const callback: ResultCallback = (_, result) => {
            if (result) onResult?.(result);
            resolve();
          };
          this.#send(statement, callback, (error) => {
            // Later ones are not thrown, and the error of a lost connection is the same for all its statements.
            if (!this.#error) error.message = `${statement.text} - ${error.message}`;
            return toError?.(error) ?? error;
          });
        }),
    );
    await Promise.all(sent);
  }

  #send(
    statement: Statement,
    callback: ResultCallback,
    toError = (error: DatabaseError): Error => error,
  ): void {
    const { preparedNames, log } = this.#options;
    const { text, values } = statement;
    const name =
      preparedNames && isPreparable(statement) ? preparedName(text, log, preparedNames) : undefined;
    this.#client.query({ text, values, name }, (error: DatabaseError | null, result) => {
      if (error) {
        if (!this.#isCausedByEarlier(error) && !isReusableAfter(error)) this.#isReusable = false;
        const thrown = isRetryable(error) ? error : toError(error);
        this.#error ??= thrown;
      }
      callback(error, result);
    });
  }

  /** The statements that are sent before the next tick are one write to the socket. */
  #cork(): void {
    const { stream } = this.#client.connection;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  #assertOpen(): void {
    if (this.#hasEnded) throw new Error('The transaction has ended');
    if (!this.#isReusable) throw this.#error;
  }

  /** PostgreSQL 15 and 16 have no transaction_timeout. */
  #assertInTime(): void {
    if (performance.now() - this.#startedAt > MAX_TRANSACTION_MINUTES * 60_000)
      throw new Error(`The transaction took longer than ${MAX_TRANSACTION_MINUTES} minutes`);
  }
}

function withoutValues(text: string): Statement {
  return { text, values: [] };
}

const UNIQUE_VIOLATION = '23505';

/** A failed transaction refuses every statement, and has not prepared one that was sent again by its name. */
const CAUSED_BY_EARLIER_ERROR = new Set(['25P02', '26000']);

/**
 * Rolls back when `work` throws or returns a `Refused`; commits every other result. After a deadlock or a serialisation
 * failure, `work` runs a second time in a new transaction.
 */
export async function runInTransaction<Result>(
  options: TransactionOptions,
  work: (transaction: Transaction) => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await runOnce(options, work);
  } catch (error) {
    if (!isRetryable(error)) throw error;
    options.beforeRetry?.();
    return runOnce(options, work);
  }
}

async function runOnce<Result>(
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
function isReusableAfter(error: unknown): boolean {
  return (
    error instanceof Error &&
    'severity' in error &&
    error.severity === 'ERROR' &&
    !isBrokenStatement(error) &&
    codeOf(error) !== READ_ONLY_TRANSACTION
  );
}

/** deadlock_detected, serialization_failure: nothing was stored. */
const RETRYABLE = new Set(['40P01', '40001']);

function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(codeOf(error));
}

/** An error of the code, or of the class of wrong values or of violated constraints. */
export function isWrongData(error: unknown): boolean {
  return error instanceof Error && /^(|22...|23...)$/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return (error as { code?: string } | undefined)?.code ?? '';
}
