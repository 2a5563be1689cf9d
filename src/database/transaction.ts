import type { Knex } from 'knex';
import type { Log } from '../log.ts';

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

/** The callbacks of a transaction, in the order in which they are called once it has committed. */
export type AfterCommit = Callback[];

/** Rolls back when `work` throws or returns a `Refused`; commits every other result. */
export async function runInTransaction<Result>(
  knex: Knex,
  log: Log,
  work: (trx: Knex.Transaction, afterCommit: AfterCommit) => Promise<Result>,
): Promise<Result> {
  const afterCommit: AfterCommit = [];
  const result = await commitUnlessRefused(knex, (trx) => work(trx, afterCommit));
  if (!isRefused(result)) await runCallbacks(afterCommit, log);
  return result;
}

async function commitUnlessRefused<Result>(
  knex: Knex,
  work: (trx: Knex.Transaction) => Promise<Result>,
): Promise<Result> {
  const startedAt = performance.now();
  const trx = await knex.transaction();
  try {
    const result = await work(trx);
    await (isRefused(result) ? trx.rollback() : commitInTime(trx, startedAt));
    return result;
  } catch (error) {
    if (!trx.isCompleted()) await trx.rollback().catch(() => undefined);
    throw error;
  }
}

/** PostgreSQL 15 and 16 have no transaction_timeout. */
async function commitInTime(trx: Knex.Transaction, startedAt: number): Promise<void> {
  if (performance.now() - startedAt > MAX_TRANSACTION_MINUTES * 60_000)
    throw new Error(`The transaction took longer than ${MAX_TRANSACTION_MINUTES} minutes`);
  await commit(trx);
}

/** Knex resolves `commit()` also when COMMIT failed, and PostgreSQL answers COMMIT of a failed transaction with ROLLBACK. */
async function commit(trx: Knex.Transaction): Promise<void> {
  const committed = (await trx.commit()) as { response?: { command?: string } } | undefined;
  await trx.executionPromise;
  if (committed?.response?.command !== 'COMMIT') throw new Error('The transaction did not commit');
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
