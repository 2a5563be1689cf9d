import { hasMoney, hasRecords, reasonsSql, type References } from '../import/references.ts';

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

/** SQL: the reasons of the references to the company `c`. */
export const COMPANY_REASONS = reasonsSql(companyReferences, 'c');
