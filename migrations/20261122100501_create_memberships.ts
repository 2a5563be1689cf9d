import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.memberships (
      tenant_id uuid not null,
      company_id uuid not null,
      user_id uuid not null,
      created_at timestamptz not null default now(),
      primary key (tenant_id, company_id, user_id)
    )
  `);
  await knex.raw('create index memberships_user on app.memberships (tenant_id, user_id, company_id)');
  await knex.raw(`select app.isolate_by_tenant('app.memberships')`);
  await knex.raw(`
    alter table app.memberships
      add foreign key (tenant_id, company_id) references app.companies (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.memberships
      add foreign key (tenant_id, user_id) references app.users (tenant_id, id)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.memberships');
}
