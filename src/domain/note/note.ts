import * as z from 'zod';
import { checkbox, paragraphs, version, withoutCardNumber } from '../form/fields.ts';

export const MAX_NOTE = 10_000;

/** Of a user or a company. */
export const MAX_PINNED_NOTES = 20;

const fields = { text: withoutCardNumber(paragraphs(MAX_NOTE)), is_pinned: checkbox() };

export const newNoteSchema = z.object(fields);

export const changedNoteSchema = z.object({ ...fields, version: version() });

export const pinSchema = z.object({ is_pinned: checkbox() });

export type NewNoteValues = z.infer<typeof newNoteSchema>;

export type ChangedNoteValues = z.infer<typeof changedNoteSchema>;
