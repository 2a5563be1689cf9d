import type { Request, RequestHandler } from 'express';
import type { StorageEngine } from 'multer';
import type { TenantAccess } from '../database/in-tenant.ts';
import { ContentInspector } from '../domain/file/file-content.ts';
import type { FileType } from '../domain/file/file-types.ts';
import { expireFile, writeUploadedFile, type WrittenFile } from '../domain/file/stored-file.ts';
import { officeType } from '../domain/file/zip-content.ts';
import { multipart } from './multipart.ts';

/** What was uploaded; `byte_count` is above the limit for a file that was not stored whole. */
export interface StoredUpload extends WrittenFile {
  name: string;
  /** By the content. Null for what is not accepted. */
  type: FileType | null;
}

type StoredFile = Express.Multer.File & Pick<StoredUpload, 'type'>;

interface UploadSettings {
  maxBytes: number;
  /** How much of a larger file is read, so that the form shows the error. */
  readBytes?: number;
  /** Called before anything is written. */
  throttle?: (req: Request) => Promise<void>;
}

/** The handlers after the guard of a route with one file input `file`. The file is written as it arrives. */
export function storedUpload({
  maxBytes,
  readBytes = 4 * maxBytes,
  throttle,
}: UploadSettings): RequestHandler[] {
  const storage: StorageEngine = {
    _handleFile: (req, file, done) => {
      // An error must not destroy the stream: the rest of the form is read, so that the browser shows the error page.
      const content = file.stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
      const write = async () => {
        await throttle?.(req as Request);
        return store(req as Request, content, maxBytes);
      };
      write().then(
        ({ id, byte_count, type }) =>
          done(null, { filename: id, size: byte_count, type } as Partial<StoredFile>),
        (error: unknown) => {
          file.stream.resume();
          done(error);
        },
      );
    },
    _removeFile: (req, { filename }, done) => {
      discardUpload(req as Request, filename).then(() => done(null), done);
    },
  };
  // A file that is a little too large gets an error in the form instead of an error page.
  return multipart({ name: 'file', maxFiles: 1, maxBytes: readBytes, storage });
}

async function store(req: Request, content: AsyncIterable<Uint8Array>, maxBytes: number) {
  const inspector = new ContentInspector();
  const tenant: Pick<TenantAccess, 'inTenant'> = { inTenant: (work) => req.inTenant(work) };
  const written = await writeUploadedFile(
    req.fileStore,
    tenant,
    inspected(upToLimit(content, maxBytes), inspector),
  );
  const { type } = inspector;
  if (type !== 'zip') return { ...written, type };
  const key = { tenantId: req.tenant.id, id: written.id };
  return { ...written, type: await officeType(req.fileStore, key, written.byte_count) };
}

async function* inspected(content: AsyncIterable<Uint8Array>, inspector: ContentInspector) {
  for await (const chunk of content) {
    inspector.add(chunk);
    yield chunk;
  }
}

/** One byte above the limit shows that the file is too large. The rest is read, so that the browser shows the error. */
async function* upToLimit(content: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let left = maxBytes + 1;
  for await (const chunk of content) {
    if (left > 0) yield chunk.subarray(0, left);
    left -= chunk.length;
  }
}

export function uploadOf({ files }: Request): StoredUpload | null {
  const [file] = (files ?? []) as StoredFile[];
  return file ? { id: file.filename, byte_count: file.size, name: file.originalname, type: file.type } : null;
}

/** The next purge deletes the file. */
export function discardUpload(req: Request, id: string): Promise<void> {
  return req.inTenant((db) => expireFile(db, id));
}
