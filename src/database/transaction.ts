import type { Knex } from 'knex';

const refused = Symbol('refused');

/** A result that rolls back the transaction in which it is returned. Only `refuseWith` can create one. */
export type Refused<Details extends object = object> = Details & {
  readonly ok: false;
  readonly [refused]: true;
};

export function refuseWith<Details extends object>(details: Details): Refused<Details> {
  return { ...details, ok: false, [refused]: true };
}

/** Rolls back when `work` throws or returns a `Refused`; commits every other result. */
export async function runInTransaction<Result>(
  knex: Knex,
  work: (trx: Knex.Transaction) => Promise<Result>,
): Promise<Result> {
  const trx = await knex.transaction();
  try {
    const result = await work(trx);
    await (isRefused(result) ? trx.rollback() : commit(trx));
    return result;
  } catch (error) {
    if (!trx.isCompleted()) await trx.rollback().catch(() => undefined);
    throw error;
  }
}

/** Knex resolves `commit()` also when COMMIT failed, and PostgreSQL answers COMMIT of a failed transaction with ROLLBACK. */
async function commit(trx: Knex.Transaction): Promise<void> {
  const committed = (await trx.commit()) as { response?: { command?: string } } | undefined;
  await trx.executionPromise;
  if (committed?.response?.command !== 'COMMIT') throw new Error('The transaction did not commit');
}

function isRefused(result: unknown): boolean {
  return typeof result === 'object' && result !== null && refused in result;
}
