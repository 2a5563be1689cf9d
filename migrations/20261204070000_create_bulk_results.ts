import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.bulk_results (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      task_id uuid not null,
      user_id uuid not null,
      -- Why the row was not changed; null if it was.
      reason text collate "C",
      primary key (tenant_id, id)
    )`);
  await knex.raw('create unique index bulk_results_user on app.bulk_results (tenant_id, task_id, user_id)');
  await knex.raw('create index bulk_results_of_user on app.bulk_results (tenant_id, user_id)');
  await knex.raw(`
    create index bulk_results_skipped on app.bulk_results (tenant_id, task_id, id) where reason is not null
  `);
  await knex.raw(`select app.isolate_by_tenant('app.bulk_results')`);
  await knex.raw(`
    alter table app.bulk_results add foreign key (tenant_id, task_id)
      references app.tasks (tenant_id, id) on delete cascade
  `);
  await knex.raw(`
    alter table app.bulk_results add foreign key (tenant_id, user_id)
      references app.users (tenant_id, id) on delete cascade
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.bulk_results');
}
