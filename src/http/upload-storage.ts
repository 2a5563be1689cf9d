import type { Request } from 'express';
import type { StorageEngine } from 'multer';
import type { TenantAccess } from '../database/in-tenant.ts';
import { expireFile, writeUploadedFile } from '../domain/file/stored-file.ts';
import { FileNotStored } from '../errors.ts';

/** What was uploaded; `byte_count` is above the limit for a file that was not stored whole. */
export interface UploadedFile {
  id: string;
  byte_count: number;
  name: string;
}

/** Writes each file to the file store as it arrives. */
export function storeUploads(maxBytes: number): StorageEngine {
  return {
    _handleFile: (req, file, done) => {
      const tenant: Pick<TenantAccess, 'inTenant'> = { inTenant: (work) => req.inTenant(work) };
      const content = upToLimit(file.stream as AsyncIterable<Uint8Array>, maxBytes);
      writeUploadedFile(req.fileStore, tenant, content).then(
        ({ id, byte_count }) => done(null, { filename: id, size: byte_count }),
        (error: unknown) => done(isOfStore(error) ? new FileNotStored({ cause: error }) : error),
      );
    },
    _removeFile: (req, { filename }, done) => {
      discardUpload(req as Request, filename).then(() => done(null), done);
    },
  };
}

/** Errors of the request have no system call. */
function isOfStore(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

/** One byte above the limit shows that the file is too large. The rest is read, so that the browser shows the error. */
async function* upToLimit(content: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let left = maxBytes + 1;
  for await (const chunk of content) {
    if (left > 0) yield chunk.subarray(0, left);
    left -= chunk.length;
  }
}

/** Null without a file. */
export function uploadOf({ files }: Request): UploadedFile | null {
  const [file] = (files ?? []) as Express.Multer.File[];
  return file ? { id: file.filename, byte_count: file.size, name: file.originalname } : null;
}

export function discardUpload(req: Request, id: string): Promise<void> {
  return req.inTenant((db) => expireFile(db, id));
}
