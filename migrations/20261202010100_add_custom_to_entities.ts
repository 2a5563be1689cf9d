import type { Knex } from 'knex';

const TABLES = ['users', 'companies', 'sites', 'unit_types', 'units', 'rentals', 'invoices'];

/** The values of custom fields by the codes of the fields. */
export async function up(knex: Knex): Promise<void> {
  for (const table of TABLES)
    await knex.raw(`alter table app.${table} add column custom jsonb not null default '{}'`);
}

export async function down(knex: Knex): Promise<void> {
  for (const table of TABLES) await knex.raw(`alter table app.${table} drop column custom`);
}
