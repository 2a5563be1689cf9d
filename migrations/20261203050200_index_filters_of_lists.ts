import type { Knex } from 'knex';

const INDEXES = {
  rentals_starts: 'rentals (tenant_id, starts_on, id)',
  rentals_ends: 'rentals (tenant_id, ends_on, id) where ends_on is not null',
  invoices_due: 'invoices (tenant_id, due_on, id)',
  invoices_credit_notes: `invoices (tenant_id, id) where kind = 'credit_note'`,
  emails_template: 'emails (tenant_id, template, id)',
};

export async function up(knex: Knex): Promise<void> {
  for (const [name, columns] of Object.entries(INDEXES))
    await knex.raw(`create index ${name} on app.${columns}`);
}

export async function down(knex: Knex): Promise<void> {
  for (const name of Object.keys(INDEXES)) await knex.raw(`drop index app.${name}`);
}
