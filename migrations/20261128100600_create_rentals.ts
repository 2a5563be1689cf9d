import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.rentals (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      unit_id uuid not null,
      billing_account_id uuid not null,
      -- Null for a company without a named person.
      occupant_user_id uuid,
      status text collate "C" not null check (status in ('reserved', 'active', 'ended', 'cancelled')),
      starts_on date not null,
      -- The last day in the unit.
      ends_on date,
      interval_unit text collate "C" not null check (interval_unit in ('month', 'week')),
      interval_count int not null check (interval_count between 1 and 12),
      -- The first day of the period in which the rental starts. Every period is computed from it.
      anchor_on date not null,
      anchor_day int not null check (anchor_day between 1 and 31),
      -- The first day that is not billed yet; null when nothing is left to bill.
      next_period_on date,
      price_cents bigint not null check (price_cents >= 0),
      deposit_cents bigint not null default 0 check (deposit_cents >= 0),
      -- The day on which the deposit was returned or kept, or moved to the rental of a transfer.
      deposit_settled_on date,
      tax_rate_id uuid,
      -- The end of a reservation that was not paid.
      reserved_until timestamptz,
      notice_given_on date,
      locked_out_at timestamptz,
      locked_out_reason text,
      transferred_from_id uuid,
      version int not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (tenant_id, id),
      check (ends_on is null or ends_on >= starts_on)
    )
  `);
  await knex.raw(`
    create unique index rentals_open on app.rentals (tenant_id, unit_id) where ends_on is null and status in ('reserved', 'active')
  `);
  await knex.raw('create index rentals_unit on app.rentals (tenant_id, unit_id, starts_on)');
  await knex.raw('create index rentals_account on app.rentals (tenant_id, billing_account_id, id)');
  await knex.raw(`
    create index rentals_occupant on app.rentals (tenant_id, occupant_user_id) where occupant_user_id is not null
  `);
  await knex.raw(`
    create index rentals_due on app.rentals (tenant_id, next_period_on, id) where next_period_on is not null
  `);
  await knex.raw(`
    create index rentals_starting on app.rentals (tenant_id, starts_on, id) where status = 'reserved'
  `);
  await knex.raw(`
    create index rentals_ending on app.rentals (tenant_id, ends_on, id) where status = 'active' and ends_on is not null
  `);
  await knex.raw(`
    create unique index rentals_transferred on app.rentals (tenant_id, transferred_from_id) where transferred_from_id is not null
  `);
  await knex.raw('create index rentals_status on app.rentals (tenant_id, status, id)');
  await knex.raw(`select app.isolate_by_tenant('app.rentals')`);
  await knex.raw(`
    alter table app.rentals add foreign key (tenant_id, unit_id) references app.units (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.rentals add foreign key (tenant_id, billing_account_id) references app.billing_accounts (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.rentals add foreign key (tenant_id, occupant_user_id) references app.users (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.rentals add foreign key (tenant_id, tax_rate_id) references app.tax_rates (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.rentals add foreign key (tenant_id, transferred_from_id) references app.rentals (tenant_id, id)
  `);
  await knex.raw(`
    create table app.rental_prices (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      rental_id uuid not null,
      -- The newest row of a day counts.
      effective_on date not null,
      price_cents bigint not null check (price_cents >= 0),
      created_by uuid,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id)
    )
  `);
  await knex.raw(`
    create index rental_prices_rental on app.rental_prices (tenant_id, rental_id, effective_on, id)
  `);
  await knex.raw(`select app.isolate_by_tenant('app.rental_prices', 'select, insert')`);
  await knex.raw(`
    alter table app.rental_prices add foreign key (tenant_id, rental_id) references app.rentals (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.rental_prices add foreign key (tenant_id, created_by) references app.users (tenant_id, id)
  `);
  await knex.raw(`
    create table app.rental_charges (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      rental_id uuid not null,
      kind text collate "C" not null check (kind in ('insurance', 'fee', 'discount')),
      description text not null,
      -- Of each period; of a discount it is subtracted.
      amount_cents bigint check (amount_cents > 0),
      -- Only of a discount: a part of the rent.
      amount_ppm int check (amount_ppm between 1 and 1000000),
      tax_rate_id uuid,
      starts_on date not null,
      ends_on date,
      is_prorated boolean not null default true,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id),
      check ((amount_cents is null) <> (amount_ppm is null)),
      check (amount_ppm is null or kind = 'discount')
    )
  `);
  await knex.raw('create index rental_charges_rental on app.rental_charges (tenant_id, rental_id)');
  await knex.raw(`select app.isolate_by_tenant('app.rental_charges')`);
  await knex.raw(`
    alter table app.rental_charges add foreign key (tenant_id, rental_id) references app.rentals (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.rental_charges add foreign key (tenant_id, tax_rate_id) references app.tax_rates (tenant_id, id)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.rental_charges');
  await knex.raw('drop table app.rental_prices');
  await knex.raw('drop table app.rentals');
}
