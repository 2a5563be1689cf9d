import type { Knex } from 'knex';

// Nothing reads the column. A later release, when no process writes it any longer, drops it.

export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table app.custom_field_values alter column value_norm drop not null');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`update app.custom_field_values set value_norm = value where value_norm is null`);
  await knex.raw('alter table app.custom_field_values alter column value_norm set not null');
}
