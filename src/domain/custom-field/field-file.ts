import * as z from 'zod';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found, NotFound } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { archivedError } from '../company/check-status.ts';
import { endingOf, fileName } from '../file/file-name.ts';
import { expireFile, keepUploadedFile, type WrittenFile } from '../file/stored-file.ts';
import { checkbox, optionalLine } from '../form/fields.ts';
import { refuse, type FieldError } from '../form/parse-values.ts';
import { findCustomField, type CustomField } from './custom-field-queries.ts';
import { MEGABYTE } from '../file/file-types.ts';
import { fieldEntities, type FieldEntity } from './custom-field.ts';
import { isFile, type FileValue } from './field-types.ts';
import { customFieldName, readCustom, visibleFields } from './form-fields.ts';
import { storeCustomValues } from './store-values.ts';

const MAX_MEGABYTES = 10;
export const MAX_FILE_BYTES = MAX_MEGABYTES * MEGABYTE;

/** By the ending of the name. None is run by a browser, and each is sent as a download. */
const mediaTypes: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  heic: 'image/heic',
  txt: 'text/plain; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  rtf: 'application/rtf',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  odt: 'application/vnd.oasis.opendocument.text',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
};

/** For the attribute `accept` of a file input. */
export const ACCEPTED_FILES = Object.keys(mediaTypes)
  .map((ending) => `.${ending}`)
  .join(',');

export const fileFormSchema = z.object({
  /** The key of the file that the page showed. */
  current: optionalLine(36),
  removes_file: checkbox(),
});

export type FileFormValues = z.infer<typeof fileFormSchema>;

/** What was uploaded; `byte_count` is above the limit for a file that was not stored whole. */
export interface Upload extends WrittenFile {
  name: string;
}

/** A row with the field. */
export interface FileTarget {
  field: CustomField;
  row: { id: string; custom: unknown };
}

/** The row is locked. */
export interface ChangedTarget extends FileTarget {
  row: FileTarget['row'] & { name: string };
}

/** @throws {NotFound} unless the tenant has such a file field that is not retired */
export async function findFileField(db: TenantDb, id: string): Promise<CustomField> {
  return requireFileField(await findCustomField(db, id));
}

/** @throws {NotFound} as `findFileField` */
export function requireFileField(row: CustomField | undefined): CustomField {
  const field = found(row);
  if (field.type !== 'file' || field.retired_at !== null) throw new NotFound('The field has no file');
  return field;
}

/** Undefined for a row without a file. */
export function fileOf({ field, row }: FileTarget): FileValue | undefined {
  const value = readCustom(row)[field.code];
  return isFile(value) ? value : undefined;
}

/** @throws {NotFound} for a row without a file */
export function requireFile(target: FileTarget): FileValue {
  return found(fileOf(target));
}

/** A file that a customer may see. @throws {NotFound} otherwise */
export function requireVisibleFile(
  entity: FieldEntity,
  stored: CustomField | undefined,
  row: FileTarget['row'],
): FileValue {
  const field = requireFileField(stored);
  if (field.entity !== entity || visibleFields([field], 'customer').length === 0)
    throw new NotFound('Customers do not see the field');
  return requireFile({ field, row });
}

/** Replaces or removes the file. */
export async function changeFile(
  db: TenantDb,
  actor: Actor,
  target: ChangedTarget,
  { current, removes_file }: FileFormValues,
  upload: Upload | null,
) {
  const { field, row } = target;
  const before = fileOf(target);
  const name = upload && fileName(upload.name);
  const error = fileError(upload, { removes_file, type: name ? mediaTypeOf(name) : undefined });
  if (error) return refuse(error);
  const archived = await archivedError(db, field.entity, row.id, 'file');
  if (archived) return refuse(archived);
  if (current !== (before?.key ?? null)) return refuse({ field: 'file', code: 'file_changed' });
  if (!upload && !before) return { ok: true as const, name: null };

  const after =
    upload && name ? { key: upload.id, name, size: upload.byte_count, type: mediaTypeOf(name)! } : null;
  if (upload) await keepUploadedFile(db, upload);
  if (before) await expireFile(db, before.key);
  storeCustomValues(db, field.entity, [field], [{ id: row.id, values: { [field.code]: after } }]);
  // The undo of an import keeps the row.
  db.defer({
    text: `update ${fieldEntities[field.entity].table} set version = version + 1 where tenant_id = $1 and id = $2`,
    values: [db.tenantId, row.id],
  });
  recordAudit(db, actor, {
    event: after ? 'custom_field.file_uploaded' : 'custom_field.file_removed',
    target: { type: field.entity, id: row.id, name: row.name },
    changes: { [customFieldName(field)]: [before?.name ?? null, after?.name ?? null] },
  });
  return { ok: true as const, name: after?.name ?? null };
}

function fileError(
  upload: Upload | null,
  { removes_file, type }: { removes_file: boolean; type: string | undefined },
): FieldError | undefined {
  if (!upload) return removes_file ? undefined : { field: 'file', code: 'required' };
  if (upload.byte_count > MAX_FILE_BYTES)
    return { field: 'file', code: 'file_too_large', params: { max: MAX_MEGABYTES } };
  if (upload.byte_count === 0) return { field: 'file', code: 'file_empty' };
  return type === undefined ? { field: 'file', code: 'file_type_refused' } : undefined;
}

function mediaTypeOf(name: string): string | undefined {
  const ending = endingOf(name).slice(1).toLowerCase();
  return Object.hasOwn(mediaTypes, ending) ? mediaTypes[ending] : undefined;
}
