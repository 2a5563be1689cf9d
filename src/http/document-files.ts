import type { Request, RequestHandler } from 'express';
import type { StoredDocument } from '../domain/document/document-queries.ts';
import { MAX_DOCUMENT_BYTES } from '../domain/document/document.ts';
import { fileTypes } from '../domain/file/file-types.ts';
import { personKey } from './rate-limit.ts';
import { storedUpload } from './stored-uploads.ts';

/** For `sendFile`. A text may have any encoding, which its reader finds. */
export function downloadOf({ name, byte_count, type }: StoredDocument) {
  return { name, size: byte_count, type: fileTypes[type].media };
}

export const documentUpload: RequestHandler[] = storedUpload({ maxBytes: MAX_DOCUMENT_BYTES });

/** By one person in an hour. */
const MAX_SENT = 20;

/** The same for customers, who can send only so many. */
export const sentDocument: RequestHandler[] = storedUpload({
  maxBytes: MAX_DOCUMENT_BYTES,
  throttle: (req: Request) => {
    const person = personKey(req.portal, req.user!.id);
    return req.throttle.consume({
      counter: { purpose: 'send-document', person },
      limit: MAX_SENT,
      seconds: 60 * 60,
    });
  },
});
