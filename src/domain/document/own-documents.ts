import { selectRow, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Owner } from '../billing-account/billing-account.ts';
import { aliased, fileColumns } from './document-queries.ts';

const MAX_OWN_DOCUMENTS = 500;

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
