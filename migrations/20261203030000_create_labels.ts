import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.labels (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      name text not null,
      name_norm text collate "C" not null,
      colour text not null check (colour in ('grey', 'green', 'yellow', 'red', 'blue')),
      version integer not null default 1,
      -- A label of many rows is taken from them by a task, which then deletes it.
      deleted_at timestamptz,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id)
    )
  `);
  await knex.raw(`
    create unique index labels_name_norm on app.labels (tenant_id, name_norm) where deleted_at is null
  `);
  await knex.raw(`select app.isolate_by_tenant('app.labels')`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.labels');
}
