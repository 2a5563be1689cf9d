import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.unit_types (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      name text not null,
      name_norm text collate "C" not null,
      width_mm int check (width_mm > 0),
      depth_mm int check (depth_mm > 0),
      height_mm int check (height_mm > 0),
      price_cents bigint not null check (price_cents >= 0),
      deposit_cents bigint not null default 0 check (deposit_cents >= 0),
      tax_rate_id uuid,
      version int not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (tenant_id, id)
    )
  `);
  await knex.raw('create unique index unit_types_name on app.unit_types (tenant_id, name_norm)');
  await knex.raw(`select app.isolate_by_tenant('app.unit_types')`);
  await knex.raw(`
    alter table app.unit_types add foreign key (tenant_id, tax_rate_id) references app.tax_rates (tenant_id, id)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.unit_types');
}
