import type { Knex } from 'knex';

const TYPES = ['text', 'long_text', 'number', 'date', 'yes_no', 'choice', 'choices', 'email', 'phone', 'url'];

const ENTITIES = ['user', 'company', 'site', 'unit_type', 'unit', 'rental', 'invoice'];

const listOf = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ');

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table app.custom_fields
      add column entity text collate "C" not null default 'user' check (entity in (${listOf(ENTITIES)})),
      add column is_read_only boolean not null default false,
      add column is_secret boolean not null default false,
      add column is_searchable boolean not null default false,
      add column customer_access text not null default 'none'
        check (customer_access in ('none', 'view', 'sign_up', 'edit')),
      add column retired_at timestamptz
  `);
  await knex.raw('alter table app.custom_fields drop constraint custom_fields_type_check');
  await knex.raw(`
    alter table app.custom_fields
      add constraint custom_fields_type_check check (type in (${listOf(TYPES)}))
  `);
  // Customers were asked for required fields that had no value.
  await knex.raw(`update app.custom_fields set customer_access = 'sign_up' where is_required`);
  await knex.raw('create index custom_fields_entity on app.custom_fields (tenant_id, entity, position, id)');
}

/** Fails if a field has a new type or another entity. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index app.custom_fields_entity');
  await knex.raw('alter table app.custom_fields drop constraint custom_fields_type_check');
  await knex.raw(`
    alter table app.custom_fields
      add constraint custom_fields_type_check check (type in ('text', 'choice'))
  `);
  await knex.raw(`
    alter table app.custom_fields
      drop column entity, drop column is_read_only, drop column is_secret, drop column is_searchable,
      drop column customer_access, drop column retired_at
  `);
}
