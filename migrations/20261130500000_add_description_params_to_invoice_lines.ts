import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  // With them the description is the key of a translation, without them a text that someone has typed.
  await knex.raw('alter table app.invoice_lines add column description_params jsonb');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.invoice_lines drop column description_params');
}
