import { hasMoney, hasRecords, type References } from '../import/references.ts';

/** Child companies and labels are looked at separately. */
export const companyReferences: References = {
  'billing_accounts.company_id': hasMoney,
  'companies.parent_id': null,
  'company_labels.company_id': null,
  'company_locations.company_id': hasRecords,
  'documents.company_id': hasRecords,
  'memberships.company_id': hasRecords,
  'notes.company_id': hasRecords,
};
