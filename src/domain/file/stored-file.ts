import { pick, selectRows } from '../../database/columns.ts';
import type { TenantAccess } from '../../database/in-tenant.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { FileNotStored, StorageFull } from '../../errors.ts';
import type { FileStore } from '../../files/file-store.ts';

const KEPT = `now() + interval '1 day'`;

/** A complete file whose row does not have a position among the files of the task yet. */
export interface WrittenFile {
  id: string;
  byte_count: number;
}

/** Outside of a transaction. The row is stored first, so that what is written can be deleted after any error. */
export async function writeTaskFile(
  files: FileStore,
  tenant: TenantAccess,
  task_id: string,
  content: string,
): Promise<WrittenFile> {
  const id = newId();
  const tenantId = await tenant.inTenant(async (db) => {
    await db.insertInto('files', { id, task_id, expires_at: db.raw<Date>(KEPT) });
    return db.tenantId;
  });
  return { id, byte_count: await files.put({ tenantId, id }, [content]) };
}

/** Long enough for the transaction that keeps an uploaded file. */
const UPLOADED = `now() + interval '1 hour'`;

/**
 * Outside of a transaction, as `writeTaskFile`. The next purges delete the file unless it is kept; after an error nothing
 * is left of it.
 *
 * @throws {StorageFull|FileNotStored}
 */
export async function writeUploadedFile(
  files: FileStore,
  tenant: Pick<TenantAccess, 'inTenant'>,
  content: AsyncIterable<Uint8Array>,
): Promise<WrittenFile> {
  const id = newId();
  const tenantId = await tenant.inTenant(async (db) => {
    await db.insertInto('files', { id, expires_at: db.raw<Date>(UPLOADED) });
    return db.tenantId;
  });
  const key = { tenantId, id };
  try {
    return { id, byte_count: await files.put(key, content) };
  } catch (error) {
    // What is written of it takes space on a full disk.
    const discard = files.delete(key).then(() => tenant.inTenant((db) => deleteFileRows(db, [id])));
    // The next purge tries again.
    await discard.catch(() => undefined);
    throw storeError(error);
  }
}

/** Errors of the request have no system call. */
function storeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new StorageFull('The file store is full', { cause: error });
  return 'syscall' in error ? new FileNotStored({ cause: error }) : error;
}

/** For some days, or until it expires by `expireFile`. */
export async function keepUploadedFile(
  db: TenantDb,
  { id, byte_count }: WrittenFile,
  days?: number,
): Promise<void> {
  const expires_at = days === undefined ? null : db.raw<Date>('now() + make_interval(days => ?)', [days]);
  const kept = await db.from('files').where({ id }).update({ expires_at, byte_count }, ['id']);
  if (kept.length === 0) throw new Error('The uploaded file has expired');
}

/** The next purge deletes it. */
export async function expireFile(db: TenantDb, id: string): Promise<void> {
  await db
    .from('files')
    .where({ id })
    .update({ expires_at: db.raw('now()') });
}

export async function placeTaskFile(
  db: TenantDb,
  { id, byte_count }: WrittenFile,
  position: number,
): Promise<void> {
  await db.from('files').where({ id }).update({ position, byte_count });
}

/** All files of the task are kept as long as the last one. */
export async function keepTaskFiles(db: TenantDb, task_id: string): Promise<void> {
  await db
    .from('files')
    .where({ task_id })
    .update({ expires_at: db.raw(KEPT) });
}

/** The next purge deletes them. */
export async function expireTaskFiles(db: TenantDb, task_id: string): Promise<void> {
  await db
    .from('files')
    .where({ task_id })
    .update({ expires_at: db.raw('now()') });
}

/** Those that can be read, in order. */
export function listTaskFiles(db: TenantDb, task_id: string) {
  const files = db
    .from('files')
    .where({ task_id })
    .whereNotNull('position')
    .where('expires_at', '>', db.raw('now()'));
  return selectRows(files.orderBy('position'), pick('files', 'id', 'byte_count', 'expires_at'));
}

export function listExpiredFiles(db: TenantDb, limit: number) {
  const files = db.from('files').where('expires_at', '<=', db.raw('now()'));
  return selectRows(files.orderBy('expires_at').limit(limit), pick('files', 'id'));
}

/** Imports stay without their file. */
export async function deleteFileRows(db: TenantDb, ids: readonly string[]): Promise<void> {
  await db.from('imports').whereIn('file_id', ids).update({ file_id: null });
  await db.from('files').whereIn('id', ids).delete();
}
