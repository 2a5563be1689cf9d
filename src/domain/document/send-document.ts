import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { queueStaffAlert } from '../email/queue-billing-emails.ts';
import { companyVariables } from '../email/queue-email.ts';
import type { NamedRecord, RecordRef } from '../record/record.ts';
import { listAlertedStaff } from '../role/users-with-permission.ts';
import { addDocument } from './document-actions.ts';
import type { UploadedDocument } from './document.ts';

/** What a customer sends. Only staff read it, and those who asked for it are emailed. */
export async function sendDocument(
  db: TenantDb,
  actor: Actor,
  ref: RecordRef,
  upload: UploadedDocument | null,
) {
  const hidden = { title: null, is_visible_to_customer: false, is_confidential: true };
  const result = await addDocument(db, actor, ref, hidden, upload);
  if (result.ok) await alertStaff(db, actor, result.record);
  return result;
}

/** Without the name of the file, which may be confidential. */
async function alertStaff(db: TenantDb, actor: Actor, { type, id, name }: NamedRecord): Promise<void> {
  const isCompany = type === 'company';
  queueStaffAlert(db, await listAlertedStaff(db, 'alerts_of_documents', 'documents.view'), {
    template: 'documentAlert',
    path: `${isCompany ? '/customers/companies' : '/users'}/${id}/documents`,
    variables: { customer: actor.name, ...(isCompany && companyVariables({ id, name })) },
  });
}
