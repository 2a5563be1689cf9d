import * as z from 'zod';
import { analyzeChangedTables } from '../database/analyze-changed-tables.ts';
import { getBilling } from '../domain/billing/billing-settings.ts';
import { refreshSummary } from '../domain/dashboard/refresh-summary.ts';
import type { TaskKind } from './task-kind.ts';

interface Cursor {
  /** The last day of the history: that of the first batch. */
  until: string;
}

/** Makes the rentals and invoices of a demo tenant, a month in each batch, while its pages are served already. */
export const demoHistoryKind: TaskKind<{ tenant: string }, Cursor> = {
  input: z.object({ tenant: z.string() }),
  async *run({ tenant }, stored, access) {
    const { HISTORY_STEPS, runHistoryStep } = await import('../../seeds/demo/history/history.ts');
    let progress = stored;
    while (progress.done < HISTORY_STEPS) {
      const { cursor, done } = progress;
      yield async (db) => {
        analyzeChangedTables(db);
        const until = cursor?.until ?? (await getBilling(db)).today;
        await runHistoryStep(db, { tenant, step: done, until });
        progress = { cursor: { until }, done: done + 1, total: HISTORY_STEPS };
        return progress;
      };
    }
    await refreshSummary(access, 0);
    return { months: HISTORY_STEPS - 1 };
  },
};
