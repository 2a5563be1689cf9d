import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table app.tenants
      add column contact_email text,
      add column contact_phone text,
      add column address text,
      add column tax_number text,
      add column is_setup_hidden boolean not null default false
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table app.tenants
      drop column contact_email,
      drop column contact_phone,
      drop column address,
      drop column tax_number,
      drop column is_setup_hidden
  `);
}
