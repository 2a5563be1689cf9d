import * as z from 'zod';
import { deleteUnusedLabel, removeFromRows } from '../domain/label/label-actions.ts';
import type { TaskKind } from './task-kind.ts';

const inputSchema = z.object({ label_id: z.string(), name: z.string() });

/** Takes a deleted label from the rows that still have it. */
export function labelDeletionKind(batchSize = 2_000): TaskKind<z.infer<typeof inputSchema>, true> {
  return {
    input: inputSchema,
    async *run({ label_id }, stored) {
      const state = { done: stored.done, isFinished: false };
      while (!state.isFinished) {
        // After a deadlock the batch runs again, from the same progress.
        const { done } = state;
        yield async (db) => {
          const removed = await removeFromRows(db, label_id, batchSize);
          const isFinished = removed < batchSize;
          if (isFinished) await deleteUnusedLabel(db, label_id);
          Object.assign(state, { done: done + removed, isFinished });
          return { cursor: true, done: done + removed, total: null };
        };
      }
      return { changed: state.done };
    },
  };
}
