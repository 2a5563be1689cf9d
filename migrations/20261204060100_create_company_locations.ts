import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.company_locations (
      tenant_id uuid not null,
      id uuid not null,
      company_id uuid not null,
      code text not null,
      code_norm text collate "C" not null,
      name text not null,
      name_norm text collate "C" not null,
      address text,
      phone text,
      contact_name text,
      archived_at timestamptz,
      version int not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (tenant_id, id)
    )
  `);
  await knex.raw(
    'create unique index company_locations_code on app.company_locations (tenant_id, company_id, code_norm)',
  );
  await knex.raw(
    'create index company_locations_name on app.company_locations (tenant_id, company_id, name_norm, id)',
  );
  await knex.raw(`select app.isolate_by_tenant('app.company_locations')`);
  await knex.raw(`
    alter table app.company_locations
      add foreign key (tenant_id, company_id) references app.companies (tenant_id, id)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.company_locations');
}
