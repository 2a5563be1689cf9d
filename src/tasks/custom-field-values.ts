import * as z from 'zod';
import { NIL_ID } from '../database/new-id.ts';
import { findCustomField } from '../domain/custom-field/custom-field-queries.ts';
import { rewriteValues, type RenamedChoice } from '../domain/custom-field/rewrite-values.ts';
import type { TaskKind } from './task-kind.ts';

interface Cursor {
  /** The last id. */
  after: string;
  changed: number;
}

const inputSchema = z.object({
  field_id: z.string(),
  title: z.string(),
  /** A choice that is renamed; empty if none is. */
  from: z.string().default(''),
  to: z.string().default(''),
});

export function customFieldValuesKind(batchSize = 1_000): TaskKind<z.infer<typeof inputSchema>, Cursor> {
  return {
    input: inputSchema,
    async *run({ field_id, from, to }, stored) {
      const renamed: RenamedChoice | undefined = from === '' ? undefined : { from, to };
      const state = { progress: stored, isFinished: false };
      while (!state.isFinished) {
        // After a deadlock the batch runs again, from the same progress.
        const { cursor, done } = state.progress;
        yield async (db) => {
          const { after, changed } = cursor ?? { after: NIL_ID, changed: 0 };
          const field = await findCustomField(db, field_id);
          const batch = field
            ? await rewriteValues(db, field, renamed, { after, limit: batchSize })
            : { after, rows: 0, changed: 0 };
          const progress = {
            cursor: { after: batch.after, changed: changed + batch.changed },
            done: done + batch.rows,
            total: null,
          };
          Object.assign(state, { progress, isFinished: batch.rows < batchSize });
          return progress;
        };
      }
      return { changed: state.progress.cursor?.changed ?? 0 };
    },
  };
}
