import { Router, type Request, type Response } from 'express';
import { addNote, deleteNote, pinNote, updateNote } from '../../domain/note/note-actions.ts';
import { noteLists } from '../../domain/note/note-list.ts';
import { findNote, listPinnedNotes, type Note } from '../../domain/note/note-queries.ts';
import { changedNoteSchema, newNoteSchema, pinSchema } from '../../domain/note/note.ts';
import { countRecord } from '../../domain/record/record-counts.ts';
import { findRecord, namedRecord, type RecordRef } from '../../domain/record/record.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { createOnce } from '../../http/form-key.ts';
import { emptyForm, parseForm, versionToRender, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { readList } from '../../http/read-list.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import { shownNote, shownNotes } from './note-views.ts';
import { recordLocals, recordFor, recordPath, type RecordKind } from './record-pages.ts';

type NotesRequest = Request<{ id: string }>;
type NoteRef = { record: RecordRef; id: string };
type NoteRequest = Request<{ id: string; note_id: string }>;

/** The notes of users or of companies. */
export function noteRoutes(kind: RecordKind): Router {
  const notes = Router().param('id', idParam).param('note_id', idParam);
  const recordOf = (req: NotesRequest) => recordFor(req, kind);
  const noteOf = (req: NoteRequest) => ({ record: recordOf(req), id: req.params.note_id });
  const listPath = (req: NotesRequest) => `${recordPath(recordOf(req))}/notes`;

  notes.get('/:id/notes', may(kind.view), (req: NotesRequest, res) => showNotes(req, res, recordOf(req)));

  notes.post('/:id/notes', may('notes.edit'), async (req: NotesRequest, res) => {
    const form = parseForm(newNoteSchema, req.body);
    const refused = await createOnce(
      req as Request,
      res,
      'note',
      async (db) => (form.ok ? addNote(db, req.actor, recordOf(req), form.values) : form),
      () => {
        flash(req as Request, res, 'The note was added.');
        return listPath(req);
      },
    );
    if (refused) await showNotes(req, res.status(422), recordOf(req), withErrors(req.body, refused));
  });

  notes.get('/:id/notes/:note_id/edit', may('notes.edit'), (req: NoteRequest, res) =>
    showEdit(req, res, noteOf(req), emptyForm),
  );

  notes.post('/:id/notes/:note_id', may('notes.edit'), async (req: NoteRequest, res) => {
    const form = parseForm(changedNoteSchema, req.body);
    const result = await req.inTenant(async (db) =>
      form.ok ? updateNote(db, req.actor, noteOf(req), form.values) : form,
    );
    if (!result.ok) return showEdit(req, res.status(422), noteOf(req), withErrors(req.body, result));
    if (result.hasChanged) flash(req as Request, res, 'The note was changed.');
    else flash(req as Request, res, 'There were no changes to save.', { kind: 'info' });
    await seeOther(req as Request, res, listPath(req));
  });

  notes.post('/:id/notes/:note_id/pin', may('notes.edit'), async (req: NoteRequest, res) => {
    const form = parseForm(pinSchema, req.body);
    const result = await req.inTenant(async (db) =>
      form.ok ? pinNote(db, req.actor, noteOf(req), form.values.is_pinned) : form,
    );
    if (!result.ok) return showNotes(req, res.status(422), recordOf(req), withErrors({}, result));
    await seeOther(req as Request, res, listPath(req));
  });

  notes.get('/:id/notes/:note_id/deletion', may('notes.edit'), (req: NoteRequest, res) =>
    showDeletion(req, res, noteOf(req), emptyForm),
  );

  notes.post('/:id/notes/:note_id/deletion', may('notes.edit'), async (req: NoteRequest, res) => {
    const result = await req.inTenant((db) => deleteNote(db, req.actor, noteOf(req)));
    if (!result.ok) return showDeletion(req, res.status(422), noteOf(req), withErrors({}, result));
    flash(req as Request, res, 'The note was deleted.');
    await seeOther(req as Request, res, listPath(req));
  });

  return notes;
}

async function showNotes(req: NotesRequest, res: Response, ref: RecordRef, form = emptyForm): Promise<void> {
  const notes = noteLists[ref.type];
  const list = await readList(req as Request, res, notes, { record: ref.id });
  if (!list) return;
  const [row, counts, pinned, fetched] = await req.readTenant((db) => [
    findRecord(db, ref),
    countRecord(db, ref),
    listPinnedNotes(db, ref),
    notes.rows(db, list.query, list.place),
  ]);
  const record = namedRecord(ref, row);
  const page = await list.page(fetched);
  if (!page) return;
  res.page('operations/records/notes', {
    title: 'Notes of {name}',
    title_params: { name: record.name },
    form,
    ...recordLocals(req, record, counts),
    // They come before all others.
    notes: await shownNotes([...(list.place ? [] : pinned), ...page.rows]),
    previous: page.previous,
    next: page.next,
    is_first_page: list.place === null,
  });
}

async function readNote(req: NoteRequest, { record: ref, id }: NoteRef) {
  const [row, note] = await req.readTenant((db) => [findRecord(db, ref), findNote(db, ref, id)]);
  return { row: found(note), record: recordLocals(req, namedRecord(ref, row)) };
}

async function showDeletion(req: NoteRequest, res: Response, ref: NoteRef, form: Form): Promise<void> {
  const { row, record } = await readNote(req, ref);
  res.page('operations/records/note-deletion', {
    title: 'Delete note',
    form,
    ...record,
    note: await shownNote(row),
    path: `${recordPath(ref.record)}/notes`,
  });
}

async function showEdit(req: NoteRequest, res: Response, ref: NoteRef, form: Form): Promise<void> {
  const { row, record } = await readNote(req, ref);
  const note: Note = row;
  res.page('operations/records/note-edit', {
    title: 'Edit note',
    form,
    ...record,
    field_ids: { ...record.field_ids, version: 'text' },
    note: await shownNote(note),
    current: { text: note.text, is_pinned: note.is_pinned },
    version: versionToRender(form, note.version),
    is_stale: 'version' in form.errors,
    path: `${recordPath(ref.record)}/notes`,
  });
}
