import { selectRow } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { nameForType } from '../file/file-types.ts';
import { fileName } from '../file/file-name.ts';
import { expireFile, keepUploadedFile } from '../file/stored-file.ts';
import { refuse, type FieldError } from '../form/parse-values.ts';
import { lockRecord, ownedBy, recordError, type RecordRef } from '../record/record.ts';
import { findDocument, type StoredDocument } from './document-queries.ts';
import {
  MAX_DOCUMENT_BYTES,
  MAX_DOCUMENT_MEGABYTES,
  MAX_SENT_BYTES,
  MAX_SENT_MEGABYTES,
  MAX_STORED_BYTES,
  MAX_STORED_GIGABYTES,
  type ChangedDocumentValues,
  type NewDocument,
  type UploadedDocument,
} from './document.ts';

export interface DocumentRef {
  record: RecordRef;
  id: string;
}

/** @throws {NotFound} if the viewer may not see the record */
export async function addDocument(
  db: TenantDb,
  actor: Actor,
  ref: RecordRef,
  values: NewDocument,
  upload: UploadedDocument | null,
) {
  const record = await lockRecord(db, ref);
  const name = upload?.type ? nameForType(fileName(upload.name), upload.type) : null;
  const error = recordError(record) ?? uploadError(upload, name);
  if (error) return refuse(error);
  const { id: file_id, byte_count, type } = upload!;
  const isSent = values.is_confidential;
  if (isSent && !(await maySend(db, ref, byte_count)))
    return refuse({ field: 'file', code: 'sent_storage_full', params: { max: MAX_SENT_MEGABYTES } });
  if (!(await reserveStorage(db, byte_count)))
    return refuse({ field: 'file', code: 'storage_full', params: { max: MAX_STORED_GIGABYTES } });
  await keepUploadedFile(db, { id: file_id, byte_count });
  const file = { file_id, byte_count, type: type!, name: name! };
  const document = { id: newId(), ...file, ...values };
  db.defer(db.insertInto('documents', { ...document, ...ownedBy(record), uploaded_by: actor.id! }));
  recordAudit(db, actor, {
    event: isSent ? 'document.sent' : 'document.uploaded',
    target: record,
    changes: {
      document: [null, shownName(document)],
      ...(isSent ? {} : { visible_to_customer: values.is_visible_to_customer }),
    },
  });
  return { ok: true as const, document, record };
}

/** @throws {NotFound} if the record has no such document */
export async function updateDocument(
  db: TenantDb,
  actor: Actor,
  ref: DocumentRef,
  { version, ...values }: ChangedDocumentValues,
) {
  const { record, document } = await lockDocument(db, ref);
  const archived = recordError(record);
  if (archived) return refuse(archived);
  const { title, is_visible_to_customer: isVisible } = document;
  if (title === values.title && isVisible === values.is_visible_to_customer)
    return { ok: true as const, hasChanged: false };
  if (version !== document.version) return refuse({ field: 'version', code: 'document_changed' });
  if (document.is_confidential && values.is_visible_to_customer)
    return refuse({ field: 'is_visible_to_customer', code: 'document_confidential' });
  await db
    .from('documents')
    .where({ id: ref.id })
    .update({ ...values, version: version + 1 });
  const [before, after] = [shownName(document), shownName({ ...document, ...values })];
  recordAudit(db, actor, {
    event: 'document.updated',
    target: record,
    changes: {
      document: before === after ? after : [before, after],
      ...(isVisible !== values.is_visible_to_customer && {
        visible_to_customer: [isVisible, values.is_visible_to_customer],
      }),
    },
  });
  return { ok: true as const, hasChanged: true };
}

/** The next purge deletes the file. @throws {NotFound} if the record has no such document */
export async function deleteDocument(db: TenantDb, actor: Actor, ref: DocumentRef) {
  const { record, document } = await lockDocument(db, ref);
  const archived = recordError(record);
  if (archived) return refuse(archived);
  await db.from('documents').where({ id: ref.id }).delete();
  await expireFile(db, document.file_id);
  const { byte_count } = document;
  await db
    .from('document_storage')
    .update({ byte_count: db.raw<bigint>('byte_count - ?::bigint', [byte_count]) });
  const changes = { document: [shownName(document), null] };
  recordAudit(db, actor, { event: 'document.deleted', target: record, changes });
  return { ok: true as const, document };
}

/** The title, else the name of the file. */
export function shownName({ title, name }: Pick<StoredDocument, 'title' | 'name'>): string {
  return title ?? name;
}

async function lockDocument(db: TenantDb, { record: ref, id }: DocumentRef) {
  const record = await lockRecord(db, ref);
  return { record, document: found(await findDocument(db, ref, id)) };
}

function uploadError(upload: UploadedDocument | null, name: string | null): FieldError | undefined {
  const field = 'file';
  if (!upload) return { field, code: 'required' };
  if (upload.byte_count > MAX_DOCUMENT_BYTES)
    return { field, code: 'file_too_large', params: { max: MAX_DOCUMENT_MEGABYTES } };
  if (upload.byte_count === 0) return { field, code: 'file_empty' };
  return name === null ? { field, code: 'document_type_refused' } : undefined;
}

/** Call it after locking the record. */
async function maySend(db: TenantDb, ref: RecordRef, byte_count: number): Promise<boolean> {
  const sent = db.from('documents').where({ ...ownedBy(ref), is_confidential: true });
  const row = await selectRow(sent, { total: db.raw<number>('coalesce(sum(byte_count), 0)::float8') });
  return row!.total + byte_count <= MAX_SENT_BYTES;
}

/** False if the tenant would exceed its limit. Locks its number until the commit. */
async function reserveStorage(db: TenantDb, byte_count: number): Promise<boolean> {
  const { rows } = await db.raw<{ rows: unknown[] }>(
    `insert into document_storage as s (tenant_id, byte_count) values (?, ?)
     on conflict (tenant_id) do update set byte_count = s.byte_count + excluded.byte_count
     where s.byte_count + excluded.byte_count <= ?
     returning tenant_id`,
    [db.tenantId, byte_count, MAX_STORED_BYTES],
  );
  return rows.length > 0;
}
