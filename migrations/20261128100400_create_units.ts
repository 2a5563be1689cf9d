import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.units (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      site_id uuid not null,
      unit_type_id uuid not null,
      code text not null,
      code_norm text collate "C" not null,
      -- Numbers with leading zeros, so that U2 comes before U10.
      code_sort text collate "C" not null,
      -- Null: the price of the type.
      price_cents bigint check (price_cents >= 0),
      -- Derived from the rentals and written with them.
      status text collate "C" not null default 'available'
        check (status in ('available', 'reserved', 'occupied', 'blocked')),
      blocked_reason text,
      sealed_access_code bytea,
      version int not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (tenant_id, id),
      check ((status = 'blocked') = (blocked_reason is not null))
    )
  `);
  await knex.raw('create unique index units_code on app.units (tenant_id, site_id, code_norm)');
  await knex.raw('create index units_by_code on app.units (tenant_id, code_sort, id)');
  await knex.raw('create index units_code_prefix on app.units (tenant_id, code_norm)');
  await knex.raw('create index units_site on app.units (tenant_id, site_id, code_sort, id)');
  await knex.raw('create index units_type on app.units (tenant_id, unit_type_id, code_sort, id)');
  await knex.raw('create index units_status on app.units (tenant_id, status, code_sort, id)');
  await knex.raw(`select app.isolate_by_tenant('app.units')`);
  await knex.raw(`
    alter table app.units add foreign key (tenant_id, site_id) references app.sites (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.units add foreign key (tenant_id, unit_type_id) references app.unit_types (tenant_id, id)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.units');
}
