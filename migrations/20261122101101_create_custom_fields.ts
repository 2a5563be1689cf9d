import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.custom_fields (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      code text not null,
      code_norm text collate "C" not null,
      title text not null,
      type text not null check (type in ('text', 'choice')),
      choices text[] not null default '{}',
      is_required boolean not null default false,
      position int not null default 0,
      version int not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (tenant_id, id)
    )
  `);
  await knex.raw('create unique index custom_fields_code on app.custom_fields (tenant_id, code_norm)');
  await knex.raw(`select app.isolate_by_tenant('app.custom_fields')`);
  await knex.raw(`
    create table app.custom_field_values (
      tenant_id uuid not null,
      user_id uuid not null,
      custom_field_id uuid not null,
      value text not null,
      value_norm text collate "C" not null,
      updated_at timestamptz not null default now(),
      primary key (tenant_id, user_id, custom_field_id)
    )
  `);
  await knex.raw(`select app.isolate_by_tenant('app.custom_field_values')`);
  await knex.raw(`
    alter table app.custom_field_values
      add foreign key (tenant_id, user_id) references app.users (tenant_id, id) on delete cascade
  `);
  await knex.raw(`
    alter table app.custom_field_values
      add foreign key (tenant_id, custom_field_id) references app.custom_fields (tenant_id, id)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.custom_field_values');
  await knex.raw('drop table app.custom_fields');
}
