import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.sites (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      name text not null,
      name_norm text collate "C" not null,
      address text,
      status text collate "C" not null default 'active' check (status in ('active', 'archived')),
      version int not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (tenant_id, id)
    )
  `);
  await knex.raw('create unique index sites_name on app.sites (tenant_id, name_norm)');
  await knex.raw(`select app.isolate_by_tenant('app.sites')`);
  await knex.raw(`
    alter table app.late_fee_rules add foreign key (tenant_id, site_id) references app.sites (tenant_id, id)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.late_fee_rules drop constraint late_fee_rules_tenant_id_site_id_fkey');
  await knex.raw('drop table app.sites');
}
