import { selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Owner } from '../billing-account/billing-account.ts';
import { aliased, fileColumns } from './document-queries.ts';

/** What the customer may read. */
export function findOwnDocument(db: TenantDb, owner: Owner, id: string) {
  const documents = db
    .from('documents as d')
    .where({ 'd.id': id, 'd.is_visible_to_customer': true, 'd.is_confidential': false });
  return selectRow(documents.where(aliased(owner)), fileColumns);
}
