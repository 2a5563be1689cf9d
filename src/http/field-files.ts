import type { Request } from 'express';
import type { StorageEngine } from 'multer';
import type { TenantAccess } from '../database/in-tenant.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import {
  ACCEPTED_FILES,
  changeFile,
  fileFormSchema,
  fileOf,
  MAX_FILE_BYTES,
  type ChangedTarget,
  type FileTarget,
  type Upload,
} from '../domain/custom-field/field-file.ts';
import type { FileValue } from '../domain/custom-field/field-types.ts';
import { expireFile, writeUploadedFile } from '../domain/file/stored-file.ts';
import { parseForm } from './form.ts';
import { multipart } from './multipart.ts';
import { localeOf } from './render-page.ts';

/** Writes each file to the file store as it arrives. */
const uploads: StorageEngine = {
  _handleFile: (req, file, done) => {
    const tenant: Pick<TenantAccess, 'inTenant'> = { inTenant: (work) => req.inTenant(work) };
    writeUploadedFile(req.fileStore, tenant, upToLimit(file.stream as AsyncIterable<Uint8Array>)).then(
      ({ id, byte_count }) => done(null, { filename: id, size: byte_count }),
      done,
    );
  },
  _removeFile: (req, { filename }, done) => {
    discard(req as Request, filename).then(() => done(null), done);
  },
};

/** One byte above the limit shows that the file is too large. The rest is read, so that the browser shows the error. */
async function* upToLimit(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let left = MAX_FILE_BYTES + 1;
  for await (const chunk of content) {
    if (left > 0) yield chunk.subarray(0, left);
    left -= chunk.length;
  }
}

// A file that is a little too large gets an error in the form instead of an error page.
export const fileUpload = multipart({
  name: 'file',
  maxFiles: 1,
  maxBytes: 4 * MAX_FILE_BYTES,
  storage: uploads,
});

/** Saves what the form of `filePage` submitted. `find` locks the row that the user may change. */
export async function saveFile(req: Request, find: (db: TenantDb) => Promise<ChangedTarget>) {
  const upload = uploadOf(req);
  const form = parseForm(fileFormSchema, req.body);
  const result = await req.inTenant(async (db) => {
    const target = await find(db);
    return form.ok ? changeFile(db, req.actor, target, form.values, upload) : form;
  });
  if (!result.ok && upload) await discard(req, upload.id);
  return result;
}

function uploadOf({ files }: Request): Upload | null {
  const [file] = (files ?? []) as Express.Multer.File[];
  return file ? { id: file.filename, byte_count: file.size, name: file.originalname } : null;
}

function discard(req: Request, id: string): Promise<void> {
  return req.inTenant((db) => expireFile(db, id));
}

/** The locals of the page that uploads a file. */
export function filePage(req: Request, target: FileTarget) {
  const file = fileOf(target);
  return {
    field_title: target.field.title,
    is_required: target.field.is_required,
    file: file ? { key: file.key, text: fileText(req, file) } : null,
    accept: ACCEPTED_FILES,
  };
}

/** The name and the size. */
export function fileText(req: Request, { name, size }: FileValue): string {
  const unit = size < 1_000_000 ? 'kilobyte' : 'megabyte';
  const amount = size / (unit === 'kilobyte' ? 1_000 : 1_000_000);
  const format = new Intl.NumberFormat(`${localeOf(req)}-u-nu-latn`, {
    style: 'unit',
    unit,
    maximumFractionDigits: amount < 10 ? 1 : 0,
  });
  return `${name} (${format.format(amount)})`;
}
