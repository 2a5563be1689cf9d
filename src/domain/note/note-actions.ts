import { pick, selectRows } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import type { AuditEvent } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { refuse } from '../form/parse-values.ts';
import { lockRecord, ownedBy, recordError, type NamedRecord, type RecordRef } from '../record/record.ts';
import { displayName } from '../user/user.ts';
import { findNote, type Note } from './note-queries.ts';
import { MAX_PINNED_NOTES, type ChangedNoteValues, type NewNoteValues } from './note.ts';

/** @throws {NotFound} if the viewer may not see the record */
export async function addNote(db: TenantDb, actor: Actor, ref: RecordRef, values: NewNoteValues) {
  const record = await lockRecord(db, ref);
  const archived = recordError(record);
  if (archived) return refuse(archived);
  if (values.is_pinned && (await hasMostPinned(db, record))) return refuse(tooManyPinned);
  const note = { id: newId(), ...values };
  db.defer(db.insertInto('notes', { ...note, ...ownedBy(record), author_id: actor.id! }));
  recordNote(db, actor, 'note.added', record, pinChange(false, values.is_pinned));
  return { ok: true as const, note };
}

/** @throws {NotFound} if the record has no such note */
export async function updateNote(
  db: TenantDb,
  actor: Actor,
  { record: ref, id }: { record: RecordRef; id: string },
  { version, ...values }: ChangedNoteValues,
) {
  const { record, note } = await lockNote(db, ref, id);
  const archived = recordError(record);
  if (archived) return refuse(archived);
  const isSame = note.text === values.text && note.is_pinned === values.is_pinned;
  if (isSame) return { ok: true as const, hasChanged: false };
  if (version !== note.version)
    return refuse({ field: 'version', code: 'note_changed', params: { who: editorOf(note) } });
  if (values.is_pinned && !note.is_pinned && (await hasMostPinned(db, record))) return refuse(tooManyPinned);
  const edited = note.text === values.text ? {} : { edited_by: actor.id!, edited_at: db.raw<Date>(db.now) };
  await db
    .from('notes')
    .where({ id })
    .update({ ...values, ...edited, version: version + 1 });
  recordNote(db, actor, 'note.updated', record, pinChange(note.is_pinned, values.is_pinned));
  return { ok: true as const, hasChanged: true };
}

/** @throws {NotFound} if the record has no such note */
export async function pinNote(
  db: TenantDb,
  actor: Actor,
  { record: ref, id }: { record: RecordRef; id: string },
  is_pinned: boolean,
) {
  const { record, note } = await lockNote(db, ref, id);
  const archived = recordError(record);
  if (archived) return refuse(archived);
  if (note.is_pinned === is_pinned) return { ok: true as const };
  if (is_pinned && (await hasMostPinned(db, record))) return refuse(tooManyPinned);
  await db
    .from('notes')
    .where({ id })
    .update({ is_pinned, version: note.version + 1 });
  recordNote(db, actor, is_pinned ? 'note.pinned' : 'note.unpinned', record);
  return { ok: true as const };
}

/** @throws {NotFound} if the record has no such note */
export async function deleteNote(
  db: TenantDb,
  actor: Actor,
  { record: ref, id }: { record: RecordRef; id: string },
) {
  const { record } = await lockNote(db, ref, id);
  const archived = recordError(record);
  if (archived) return refuse(archived);
  await db.from('notes').where({ id }).delete();
  recordNote(db, actor, 'note.deleted', record);
  return { ok: true as const };
}

async function lockNote(db: TenantDb, ref: RecordRef, id: string) {
  const record = await lockRecord(db, ref);
  return { record, note: found(await findNote(db, ref, id)) };
}

const tooManyPinned = {
  field: 'is_pinned',
  code: 'too_many_pinned',
  params: { max: MAX_PINNED_NOTES },
} as const;

async function hasMostPinned(db: TenantDb, record: RecordRef): Promise<boolean> {
  const pinned = db.from('notes').where({ ...ownedBy(record), is_pinned: true });
  return (await selectRows(pinned, pick('notes', 'id'))).length >= MAX_PINNED_NOTES;
}

function editorOf({ editor_name, editor_email, author_name, author_email }: Note): string {
  return editor_email === null
    ? displayName({ name: author_name, email: author_email })
    : displayName({ name: editor_name ?? '', email: editor_email });
}

function pinChange(before: boolean, after: boolean) {
  return before === after ? {} : { pinned: [before, after] };
}

/** Without the text, which can be deleted. */
function recordNote(
  db: TenantDb,
  actor: Actor,
  event: AuditEvent,
  record: NamedRecord,
  changes: Record<string, unknown> = {},
): void {
  recordAudit(db, actor, { event, target: record, changes });
}
