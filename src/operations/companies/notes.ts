import { noteRoutes } from '../records/notes.ts';
import { companyKind } from '../records/record-pages.ts';

export const companyNotes = noteRoutes(companyKind);
