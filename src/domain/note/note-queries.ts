import { column, nullable, pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import { ownedBy, type RecordRef } from '../record/record.ts';
import { MAX_PINNED_NOTES } from './note.ts';

export const noteColumns = {
  ...pick('notes as n', 'id', 'text', 'is_pinned', 'created_at', 'edited_at', 'version'),
  author_name: column('users as a', 'name'),
  author_email: column('users as a', 'email'),
  editor_name: nullable(column('users as e', 'name')),
  editor_email: nullable(column('users as e', 'email')),
};

export type Note = RowOf<typeof noteColumns>;

export function joinAuthors(notes: Knex.QueryBuilder): Knex.QueryBuilder {
  return notes
    .join('users as a', { 'a.tenant_id': 'n.tenant_id', 'a.id': 'n.author_id' })
    .leftJoin('users as e', { 'e.tenant_id': 'n.tenant_id', 'e.id': 'n.edited_by' });
}

/** The newest first. */
export function listPinnedNotes(db: TenantDb, record: RecordRef) {
  const notes = joinAuthors(db.visible('notes as n')).where('n.is_pinned', true);
  return selectRows(notes.where(prefixed(record)), noteColumns)
    .orderBy('n.id', 'desc')
    .limit(MAX_PINNED_NOTES);
}

/** A note of this record only. */
export function findNote(db: TenantDb, record: RecordRef, id: string) {
  const notes = joinAuthors(db.visible('notes as n')).where('n.id', id);
  return selectRow(notes.where(prefixed(record)), noteColumns);
}

function prefixed(record: RecordRef): Record<string, string> {
  return Object.fromEntries(Object.entries(ownedBy(record)).map(([name, id]) => [`n.${name}`, id as string]));
}
