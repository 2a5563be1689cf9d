import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.user_aliases (
      tenant_id uuid not null references app.tenants (id),
      -- Of a user who was merged into another. No user has it now.
      id uuid not null,
      user_id uuid not null,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id)
    )
  `);
  await knex.raw('create index user_aliases_user on app.user_aliases (tenant_id, user_id)');
  await knex.raw(`select app.isolate_by_tenant('app.user_aliases')`);
  await knex.raw(`
    alter table app.user_aliases add foreign key (tenant_id, user_id) references app.users (tenant_id, id)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.user_aliases');
}
