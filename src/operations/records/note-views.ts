import type { Note } from '../../domain/note/note-queries.ts';
import { displayName } from '../../domain/user/user.ts';

/** The Markdown library is loaded by the first note, because few pages show one. */
export async function shownNotes(notes: readonly Note[]) {
  if (notes.length === 0) return [];
  const { noteText } = await import('../../domain/note/note-text.ts');
  return notes.map(({ text, author_name, author_email, editor_name, editor_email, ...note }) => ({
    ...note,
    content: noteText(text),
    author: displayName({ name: author_name, email: author_email }),
    editor: editor_email === null ? null : displayName({ name: editor_name ?? '', email: editor_email }),
  }));
}

export async function shownNote(note: Note) {
  const [shown] = await shownNotes([note]);
  return shown!;
}
