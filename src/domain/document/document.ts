import * as z from 'zod';
import { MEGABYTE, type FileType } from '../file/file-types.ts';
import { checkbox, optionalLine, version } from '../form/fields.ts';

export const MAX_DOCUMENT_MEGABYTES = 20;
export const MAX_DOCUMENT_BYTES = MAX_DOCUMENT_MEGABYTES * MEGABYTE;

/** Of all documents of a tenant. */
export const MAX_STORED_GIGABYTES = 2;
export const MAX_STORED_BYTES = MAX_STORED_GIGABYTES * 1_000 * MEGABYTE;

/** Of what customers have sent for one user or company, so that one of them does not use the space of all. */
export const MAX_SENT_MEGABYTES = 200;
export const MAX_SENT_BYTES = MAX_SENT_MEGABYTES * MEGABYTE;

const title = optionalLine(200);

export const newDocumentSchema = z.object({ title, is_visible_to_customer: checkbox() });

export const changedDocumentSchema = z.object({
  title,
  is_visible_to_customer: checkbox(),
  version: version(),
});

/** A customer decides nothing about the document. */
export const sentDocumentSchema = z.object({});

export type ChangedDocumentValues = z.infer<typeof changedDocumentSchema>;

export interface NewDocument {
  title: string | null;
  is_visible_to_customer: boolean;
  is_confidential: boolean;
}

/** A stored file with its type by content, null for one that is not accepted. */
export interface UploadedDocument {
  id: string;
  byte_count: number;
  name: string;
  type: FileType | null;
}
