import type { Knex } from 'knex';

/** Without them the planner expects a value to be as frequent in one field as in all fields of all tenants. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create statistics app.custom_field_values_index_values (dependencies, mcv)
      on tenant_id, custom_field_id, value_norm from app.custom_field_values_index
  `);
  await knex.raw('alter statistics app.custom_field_values_index_values set statistics 1000');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop statistics app.custom_field_values_index_values');
}
