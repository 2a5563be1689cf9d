import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.rental_labels (
      tenant_id uuid not null,
      label_id uuid not null,
      rental_id uuid not null,
      primary key (tenant_id, label_id, rental_id)
    )
  `);
  await knex.raw('create index rental_labels_rental on app.rental_labels (tenant_id, rental_id, label_id)');
  await knex.raw(`select app.isolate_by_tenant('app.rental_labels')`);
  await knex.raw(`
    alter table app.rental_labels
      add foreign key (tenant_id, label_id) references app.labels (tenant_id, id) on delete cascade
  `);
  await knex.raw(`
    alter table app.rental_labels
      add foreign key (tenant_id, rental_id) references app.rentals (tenant_id, id) on delete cascade
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.rental_labels');
}
