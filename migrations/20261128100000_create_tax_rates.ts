import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.tax_rates (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      code text not null,
      code_norm text collate "C" not null,
      name text not null,
      -- Millionths: 88750 is 8.875 %.
      rate_ppm int not null check (rate_ppm between 0 and 1000000),
      is_inclusive boolean not null default false,
      is_default boolean not null default false,
      -- A rate is never changed: it is retired and replaced.
      is_retired boolean not null default false,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id)
    )
  `);
  await knex.raw(`
    create unique index tax_rates_code on app.tax_rates (tenant_id, code_norm) where not is_retired
  `);
  await knex.raw('create unique index tax_rates_default on app.tax_rates (tenant_id) where is_default');
  await knex.raw(`select app.isolate_by_tenant('app.tax_rates')`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.tax_rates');
}
