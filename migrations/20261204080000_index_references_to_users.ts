import type { Knex } from 'knex';

/** Each foreign key to users, so that PostgreSQL finds what refers to a deleted user without reading the table. */
const references = [
  'agreement_versions.published_by',
  'agreements.signed_by',
  'documents.uploaded_by',
  'import_mappings.created_by',
  'imports.requested_by',
  'invoice_comments.author_id',
  'invoices.deleted_by',
  'mandates.signed_by',
  'notes.author_id',
  'notes.edited_by',
  'payment_methods.added_by',
  'payment_methods.removed_by',
  'payments.recorded_by',
  'payments.undone_by',
  'rental_prices.created_by',
  'requests.decided_by',
  'short_payments.decided_by',
  'short_payments.opened_by',
].map((reference) => reference.split('.') as [string, string]);

export async function up(knex: Knex): Promise<void> {
  for (const [table, column] of references)
    await knex.raw(
      `create index ${table}_${column} on app.${table} (tenant_id, ${column}) where ${column} is not null`,
    );
}

export async function down(knex: Knex): Promise<void> {
  for (const [table, column] of references) await knex.raw(`drop index app.${table}_${column}`);
}
