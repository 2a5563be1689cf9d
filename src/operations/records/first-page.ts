import type { Request } from 'express';
import type { Note } from '../../domain/note/note-queries.ts';
import type { RecordCounts } from '../../domain/record/record-counts.ts';
import type { RecordRef } from '../../domain/record/record.ts';
import { shownNotes } from './note-views.ts';
import { recordPath, recordTabs } from './record-pages.ts';

export async function firstPageLocals(
  req: Pick<Request, 'actor'>,
  record: RecordRef,
  [counts, pinned]: [RecordCounts, readonly Note[]],
) {
  return {
    record_tabs: recordTabs(req, record, counts),
    record_path: recordPath(record),
    pinned_notes: await shownNotes(pinned),
  };
}
