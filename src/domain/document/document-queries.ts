import { column, pick, selectRow, selectRows, type Column, type RowOf } from '../../database/columns.ts';
import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Owner } from '../billing-account/billing-account.ts';
import type { FileType } from '../file/file-types.ts';
import { ownedBy, type RecordRef } from '../record/record.ts';

const MAX_OWN_DOCUMENTS = 500;

const fileColumns = {
  ...pick('documents as d', 'id', 'file_id', 'title', 'name', 'byte_count', 'created_at'),
  ...pick('documents as d', 'is_visible_to_customer', 'is_confidential', 'version'),
  type: column('documents as d', 'type') as Column<FileType>,
};

export const documentColumns = {
  ...fileColumns,
  uploader_name: column('users as u', 'name'),
  uploader_email: column('users as u', 'email'),
};

export type ListedDocument = RowOf<typeof documentColumns>;

export type StoredDocument = RowOf<typeof fileColumns>;

export function joinUploader(documents: Knex.QueryBuilder): Knex.QueryBuilder {
  return documents.join('users as u', { 'u.tenant_id': 'd.tenant_id', 'u.id': 'd.uploaded_by' });
}

/** A document of this record only. */
export function findDocument(db: TenantDb, record: RecordRef, id: string) {
  return selectRow(
    db.visible('documents as d').where({ 'd.id': id, ...aliased(ownedBy(record)) }),
    fileColumns,
  );
}

/** What the customer may see exists: what staff show them and what they have sent. The newest first. */
export function listOwnDocuments(db: TenantDb, owner: Owner) {
  const documents = db
    .from('documents as d')
    .where(aliased(owner))
    .whereRaw('(d.is_visible_to_customer or d.is_confidential)');
  return selectRows(documents.orderBy('d.id', 'desc').limit(MAX_OWN_DOCUMENTS), fileColumns);
}

/** What the customer may read. */
export function findOwnDocument(db: TenantDb, owner: Owner, id: string) {
  const documents = db
    .from('documents as d')
    .where({ 'd.id': id, 'd.is_visible_to_customer': true, 'd.is_confidential': false });
  return selectRow(documents.where(aliased(owner)), fileColumns);
}

function aliased(owner: Owner): Record<string, string> {
  return Object.fromEntries(Object.entries(owner).map(([name, id]) => [`d.${name}`, id as string]));
}
