import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.companies (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      code text not null,
      code_norm text collate "C" not null,
      name text not null,
      name_norm text collate "C" not null,
      search_text text collate "C" not null,
      status text not null default 'active'
        check (status in ('pending', 'active', 'on_hold', 'blocked', 'archived')),
      parent_id uuid,
      version int not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (tenant_id, id),
      check (parent_id <> id)
    )
  `);
  await knex.raw('create unique index companies_code on app.companies (tenant_id, code_norm)');
  await knex.raw('create index companies_name on app.companies (tenant_id, name_norm, id)');
  await knex.raw('create index companies_parent on app.companies (tenant_id, parent_id)');
  await knex.raw(
    'create index companies_search on app.companies using gin (tenant_id, search_text app.gin_trgm_ops)',
  );
  await knex.raw(`select app.isolate_by_tenant('app.companies')`);
  await knex.raw(`
    alter table app.companies
      add foreign key (tenant_id, parent_id) references app.companies (tenant_id, id)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.companies');
}
