import type { ErrorCode } from '../../locales/error-texts.ts';

type Reason = Extract<ErrorCode, 'undo_has_money' | 'undo_has_login' | 'undo_has_records'>;

/**
 * Every column with a foreign key to `users`, and why a person to whom it refers is not deleted by the undo of an
 * import. Null for rows that are deleted with the person, and for memberships, which are undone first.
 */
export const userReferences: Readonly<Record<string, Reason | null>> = {
  'agreement_versions.published_by': 'undo_has_records',
  'agreements.signed_by': 'undo_has_records',
  'billing_accounts.user_id': 'undo_has_money',
  'bulk_results.user_id': null,
  'custom_field_values.user_id': null,
  'documents.uploaded_by': 'undo_has_records',
  'documents.user_id': 'undo_has_records',
  'emails.user_id': 'undo_has_login',
  'import_mappings.created_by': 'undo_has_records',
  'imports.requested_by': 'undo_has_records',
  'invoice_comments.author_id': 'undo_has_records',
  'invoices.deleted_by': 'undo_has_money',
  'login_sessions.user_id': 'undo_has_login',
  'mandates.signed_by': 'undo_has_money',
  'memberships.user_id': null,
  'notes.author_id': 'undo_has_records',
  'notes.edited_by': 'undo_has_records',
  'notes.user_id': 'undo_has_records',
  'one_time_tokens.user_id': 'undo_has_login',
  'payment_methods.added_by': 'undo_has_money',
  'payment_methods.removed_by': 'undo_has_money',
  'payments.recorded_by': 'undo_has_money',
  'payments.undone_by': 'undo_has_money',
  'rental_prices.created_by': 'undo_has_records',
  'rentals.occupant_user_id': 'undo_has_money',
  'requests.decided_by': 'undo_has_records',
  'requests.user_id': 'undo_has_records',
  'role_assignments.user_id': null,
  'saved_views.owner_id': 'undo_has_records',
  'short_payments.decided_by': 'undo_has_money',
  'short_payments.opened_by': 'undo_has_money',
  'tasks.requested_by': 'undo_has_records',
  'terms_acceptances.user_id': 'undo_has_login',
  'user_labels.user_id': 'undo_has_records',
};

/** SQL: the reasons of the references to the user `u`. */
export const REFERENCES = `array_remove(array[${Object.entries(userReferences)
  .flatMap(([reference, reason]) => {
    const [table, column] = reference.split('.');
    if (reason === null) return [];
    return `case when exists (select from ${table} x where x.tenant_id = u.tenant_id and x.${column} = u.id)
      then '${reason}' end`;
  })
  .join(', ')}]::text[], null)`;
