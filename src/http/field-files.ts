import type { Request } from 'express';
import type { TenantDb } from '../database/tenant-db.ts';
import {
  ACCEPTED_FILES,
  changeFile,
  fileFormSchema,
  fileOf,
  MAX_FILE_BYTES,
  type ChangedTarget,
  type FileTarget,
} from '../domain/custom-field/field-file.ts';
import type { FileValue } from '../domain/custom-field/field-types.ts';
import { parseForm } from './form.ts';
import { localeOf } from './render-page.ts';
import { discardUpload, storedUpload, uploadOf } from './stored-uploads.ts';

export const fileUpload = storedUpload({ maxBytes: MAX_FILE_BYTES });

/** Saves what the form of `filePage` submitted. `find` locks the row that the user may change. */
export async function saveFile(req: Request, find: (db: TenantDb) => Promise<ChangedTarget>) {
  const upload = uploadOf(req);
  const form = parseForm(fileFormSchema, req.body);
  const result = await req.inTenant(async (db) => {
    const target = await find(db);
    return form.ok ? changeFile(db, req.actor, target, form.values, upload) : form;
  });
  if (!result.ok && upload) await discardUpload(req, upload.id);
  return result;
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
  return `${name} (${sizeOf(req, size)})`;
}

/** In bytes, kilobytes or megabytes. */
export function sizeOf(req: Request, size: number): string {
  const unit = size < 1_000 ? 'byte' : size < 1_000_000 ? 'kilobyte' : 'megabyte';
  const amount = size / { byte: 1, kilobyte: 1_000, megabyte: 1_000_000 }[unit];
  const format = new Intl.NumberFormat(`${localeOf(req)}-u-nu-latn`, {
    style: 'unit',
    unit,
    ...(unit === 'byte' && { unitDisplay: 'long' }),
    maximumFractionDigits: amount < 10 ? 1 : 0,
  });
  return format.format(amount);
}
