import { refuseWith } from '../../database/transaction.ts';

/** Rolls back an action that ran only to show what it would do. */
export function preview<Result>(result: Result) {
  return refuseWith({ preview: result });
}
