import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.user_labels (
      tenant_id uuid not null,
      label_id uuid not null,
      user_id uuid not null,
      primary key (tenant_id, label_id, user_id)
    )
  `);
  await knex.raw('create index user_labels_user on app.user_labels (tenant_id, user_id, label_id)');
  await knex.raw(`select app.isolate_by_tenant('app.user_labels')`);
  await knex.raw(`
    alter table app.user_labels
      add foreign key (tenant_id, label_id) references app.labels (tenant_id, id) on delete cascade
  `);
  await knex.raw(`
    alter table app.user_labels
      add foreign key (tenant_id, user_id) references app.users (tenant_id, id) on delete cascade
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.user_labels');
}
