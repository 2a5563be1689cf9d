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
    await (isRefused(result) ? trx.rollback() : trx.commit());
    return result;
  } catch (error) {
    if (!trx.isCompleted()) await trx.rollback().catch(() => undefined);
    throw error;
  }
}

function isRefused(result: unknown): boolean {
  return typeof result === 'object' && result !== null && refused in result;
}
