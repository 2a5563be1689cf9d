import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

/**
 * Deletes the notes and documents about a customer, and what imports hold about them. The next purge deletes the files.
 * Their comments on invoices and short payments lose the text alone, because invoices and who commented on them stay.
 * Comments in the history are events, which `eraseAuditPersonalData` erases.
 */
export async function eraseRecordData(db: TenantDb, userId: string): Promise<void> {
  // As an upload and a note do.
  await selectRows(db.from('users').where({ id: userId }).forUpdate(), pick('users', 'id'));
  await db.from('notes').where({ user_id: userId }).delete();
  await eraseDocuments(db, userId);
  await db.raw('select erase_invoice_comments(?)', [userId]);
  await db.from('short_payments').where({ opened_by: userId }).update({ comment: null });
  await db.from('import_rows').where({ target_id: userId }).update({
    target_name: '',
    key_norm: null,
    detail_hashes: null,
    changes: '{}',
    errors: '[]',
    undo: null,
  });
}

async function eraseDocuments(db: TenantDb, userId: string): Promise<void> {
  const documents = await selectRows(
    db.from('documents').where({ user_id: userId }),
    pick('documents', 'file_id', 'byte_count'),
  );
  if (documents.length === 0) return;
  await db.from('documents').where({ user_id: userId }).delete();
  const files = documents.map(({ file_id }) => file_id);
  await db
    .from('files')
    .whereRaw('id = any(?::uuid[])', [files])
    .update({ expires_at: db.raw<Date>('now()') });
  const bytes = documents.reduce((sum, { byte_count }) => sum + byte_count, 0);
  await db.from('document_storage').update({ byte_count: db.raw<bigint>('byte_count - ?::bigint', [bytes]) });
}
