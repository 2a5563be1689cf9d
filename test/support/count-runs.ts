import type { Backfill } from '../../src/tasks/backfills.ts';

/** Cannot be repeated without a trace: each run of a row adds one to its phone number. */
export const countRuns: Backfill<{ phone: string | null }> = {
  table: 'users',
  columns: ['phone'],
  derive: ({ phone }) => ({ phone: String(Number(phone ?? 0) + 1) }),
};
