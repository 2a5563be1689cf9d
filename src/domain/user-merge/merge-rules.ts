/**
 * What happens in a merge to the rows with a foreign key to the user who is merged into another:
 *
 * - `moved`: the column refers to the other user;
 * - `appended`: the same for a table whose rows the app may not change, by the function `move_appended_rows`;
 * - `united`: a row that both have remains once, see `unite-rows.ts`;
 * - `removed`: the row is deleted, because it gives access to the login of the merged user.
 */
export type MergeRule = 'moved' | 'appended' | 'united' | 'removed';

/** Every column with a foreign key to `users`. A test compares them with the schema. */
export const mergeRules: Readonly<Record<string, MergeRule>> = {
  'agreement_versions.published_by': 'appended',
  'agreements.signed_by': 'appended',
  'billing_accounts.user_id': 'united',
  'bulk_results.user_id': 'united',
  'custom_field_values.user_id': 'united',
  'documents.uploaded_by': 'moved',
  'documents.user_id': 'moved',
  'emails.user_id': 'moved',
  'import_mappings.created_by': 'moved',
  'imports.requested_by': 'moved',
  'invoice_comments.author_id': 'appended',
  'invoices.deleted_by': 'moved',
  'login_sessions.user_id': 'removed',
  'mandates.signed_by': 'moved',
  'memberships.user_id': 'united',
  'notes.author_id': 'moved',
  'notes.edited_by': 'moved',
  'notes.user_id': 'moved',
  'one_time_tokens.user_id': 'removed',
  'payment_methods.added_by': 'moved',
  'payment_methods.removed_by': 'moved',
  'payments.recorded_by': 'moved',
  'payments.undone_by': 'moved',
  'rental_prices.created_by': 'appended',
  'rentals.occupant_user_id': 'moved',
  'requests.decided_by': 'moved',
  'requests.user_id': 'moved',
  'role_assignments.user_id': 'united',
  'saved_views.owner_id': 'moved',
  'short_payments.decided_by': 'moved',
  'short_payments.opened_by': 'moved',
  'tasks.requested_by': 'moved',
  'terms_acceptances.user_id': 'appended',
  'user_aliases.user_id': 'moved',
  'user_labels.user_id': 'united',
};

/** The same for the columns with a foreign key to the billing account that is closed. `kept`: the row stays with it. */
export const accountRules: Readonly<Record<string, 'moved' | 'kept'>> = {
  'allocations.billing_account_id': 'kept',
  'billing_accounts.merged_into_id': 'kept',
  'gateway_customers.billing_account_id': 'kept',
  'invoices.billing_account_id': 'moved',
  'ledger_entries.billing_account_id': 'kept',
  'mandates.billing_account_id': 'moved',
  'payment_methods.billing_account_id': 'moved',
  'payments.billing_account_id': 'moved',
  'rentals.billing_account_id': 'moved',
  'short_payments.billing_account_id': 'moved',
};

/** Table and column of the references with the rule. */
export function referencesWith<Rule extends string>(
  rules: Readonly<Record<string, Rule>>,
  wanted: Rule,
): [table: string, column: string][] {
  return Object.entries(rules)
    .filter(([, rule]) => rule === wanted)
    .map(([reference]) => reference.split('.') as [string, string]);
}
