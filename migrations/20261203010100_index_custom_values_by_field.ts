import type { Knex } from 'knex';

/** Finds the value of a row, and the rows of a range of values in the order of their ids without reading the table. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index custom_field_values_index_field
      on app.custom_field_values_index (tenant_id, custom_field_id, entity_id, value_norm)
  `);
  await knex.raw('drop index app.custom_field_values_index_entity');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    create index custom_field_values_index_entity
      on app.custom_field_values_index (tenant_id, entity_id, custom_field_id)
  `);
  await knex.raw('drop index app.custom_field_values_index_field');
}
