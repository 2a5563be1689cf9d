import { hasLogin, hasMoney, hasRecords, type References } from '../import/references.ts';

/**
 * Every column with a foreign key to `users`, and why a person to whom it refers is not deleted by the undo of an
 * import. Null for rows that are deleted with the person, and for memberships and labels, which are undone first.
 */
export const userReferences: References = {
  'agreement_versions.published_by': hasRecords,
  'agreements.signed_by': hasRecords,
  'billing_accounts.user_id': hasMoney,
  'bulk_results.user_id': null,
  'custom_field_values.user_id': null,
  'documents.uploaded_by': hasRecords,
  'documents.user_id': hasRecords,
  'emails.user_id': hasLogin,
  'import_mappings.created_by': hasRecords,
  'imports.requested_by': hasRecords,
  'invoice_comments.author_id': hasRecords,
  'invoices.deleted_by': hasMoney,
  'login_sessions.user_id': hasLogin,
  'mandates.signed_by': hasMoney,
  'memberships.user_id': null,
  'notes.author_id': hasRecords,
  'notes.edited_by': hasRecords,
  'notes.user_id': hasRecords,
  'one_time_tokens.user_id': hasLogin,
  'payment_methods.added_by': hasMoney,
  'payment_methods.removed_by': hasMoney,
  'payments.recorded_by': hasMoney,
  'payments.undone_by': hasMoney,
  'rental_prices.created_by': hasRecords,
  'rentals.occupant_user_id': hasMoney,
  'requests.decided_by': hasRecords,
  'requests.user_id': hasRecords,
  'role_assignments.user_id': null,
  'saved_views.owner_id': hasRecords,
  'short_payments.decided_by': hasMoney,
  'short_payments.opened_by': hasMoney,
  'tasks.requested_by': hasRecords,
  'terms_acceptances.user_id': hasLogin,
  'user_aliases.user_id': hasRecords,
  'user_labels.user_id': null,
};
