import type { Knex } from 'knex';

/** The values of searchable custom fields. Written with the column `custom` of the row that has the value. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.custom_field_values_index (
      tenant_id uuid not null,
      custom_field_id uuid not null,
      value_norm text collate "C" not null,
      entity_id uuid not null,
      primary key (tenant_id, custom_field_id, value_norm, entity_id)
    )
  `);
  await knex.raw(`
    create index custom_field_values_index_entity
      on app.custom_field_values_index (tenant_id, entity_id, custom_field_id)
  `);
  await knex.raw(`select app.isolate_by_tenant('app.custom_field_values_index')`);
  await knex.raw(`
    alter table app.custom_field_values_index
      add foreign key (tenant_id, custom_field_id) references app.custom_fields (tenant_id, id)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.custom_field_values_index');
}
