import { noteRoutes } from '../records/notes.ts';
import { userKind } from '../records/record-pages.ts';

export const userNotes = noteRoutes(userKind);
