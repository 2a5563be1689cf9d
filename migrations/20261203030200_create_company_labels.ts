import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.company_labels (
      tenant_id uuid not null,
      label_id uuid not null,
      company_id uuid not null,
      primary key (tenant_id, label_id, company_id)
    )
  `);
  await knex.raw(
    'create index company_labels_company on app.company_labels (tenant_id, company_id, label_id)',
  );
  await knex.raw(`select app.isolate_by_tenant('app.company_labels')`);
  await knex.raw(`
    alter table app.company_labels
      add foreign key (tenant_id, label_id) references app.labels (tenant_id, id) on delete cascade
  `);
  await knex.raw(`
    alter table app.company_labels
      add foreign key (tenant_id, company_id) references app.companies (tenant_id, id) on delete cascade
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.company_labels');
}
