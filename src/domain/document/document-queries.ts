import { column, pick, selectRow, type Column, type RowOf } from '../../database/columns.ts';
import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Owner } from '../billing-account/billing-account.ts';
import type { FileType } from '../file/file-types.ts';
import { ownedBy, type RecordRef } from '../record/record.ts';

export const fileColumns = {
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

/** The condition for the owner of `documents d`. */
export function aliased(owner: Owner): Record<string, string> {
  return Object.fromEntries(Object.entries(owner).map(([name, id]) => [`d.${name}`, id as string]));
}
