import type { TenantDb } from '../../database/tenant-db.ts';
import { listPinnedNotes } from '../note/note-queries.ts';
import { countRecord } from './record-counts.ts';
import type { RecordRef } from './record.ts';

/** What the first page of a user or a company reads besides its row. */
export function firstPageReads(db: TenantDb, record: RecordRef) {
  return [countRecord(db, record), listPinnedNotes(db, record)] as const;
}
