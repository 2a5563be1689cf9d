import { pick, selectRows } from '../../src/database/columns.ts';
import { deriveAgain } from '../../src/tasks/backfills.ts';

/** Cannot be repeated without a trace: each run of a row adds one to its phone number. */
export const countRuns = deriveAgain(
  'users',
  (rows) => selectRows(rows, pick('users', 'id', 'phone')),
  ({ phone }) => ({ phone: String(Number(phone ?? 0) + 1) }),
);
