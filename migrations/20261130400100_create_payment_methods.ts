import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.payment_methods (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      billing_account_id uuid not null,
      gateway_id uuid not null,
      -- Null until the page of the gateway has been completed.
      external_id text collate "C",
      gateway_session_id text collate "C",
      type text collate "C" not null check (type in ('card', 'us_bank_account', 'sepa_debit', 'other')),
      brand text,
      last4 text collate "C",
      exp_month int check (exp_month between 1 and 12),
      exp_year int,
      bank_name text,
      fingerprint text collate "C",
      status text collate "C" not null
        check (status in ('adding', 'verifying', 'active', 'needs_attention', 'failed', 'abandoned', 'removing', 'removed')),
      is_default boolean not null default false,
      -- Days before the expiry of which the customer was told, the last one.
      expiry_warned_days int,
      added_by uuid,
      removed_by uuid,
      removed_at timestamptz,
      created_at timestamptz not null default now(),
      version int not null default 1,
      primary key (tenant_id, id),
      check (status in ('adding', 'abandoned', 'failed') or external_id is not null)
    )
  `);
  await knex.raw(`
    create unique index payment_methods_external on app.payment_methods (tenant_id, gateway_id, external_id)
  `);
  await knex.raw(`
    create unique index payment_methods_default on app.payment_methods (tenant_id, billing_account_id) where is_default
  `);
  await knex.raw(`
    create index payment_methods_account on app.payment_methods (tenant_id, billing_account_id, id)
  `);
  await knex.raw(`
    create index payment_methods_status on app.payment_methods (tenant_id, status, id) where status in ('adding', 'removing', 'verifying')
  `);
  await knex.raw(`select app.isolate_by_tenant('app.payment_methods')`);
  await knex.raw(`
    alter table app.payment_methods add foreign key (tenant_id, billing_account_id) references app.billing_accounts (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.payment_methods add foreign key (tenant_id, gateway_id) references app.gateways (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.payment_methods add foreign key (tenant_id, added_by) references app.users (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.payment_methods add foreign key (tenant_id, removed_by) references app.users (tenant_id, id)
  `);
  await knex.raw(`
    create table app.mandates (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      billing_account_id uuid not null,
      -- Null until the bank account is added.
      payment_method_id uuid,
      text text not null,
      locale text collate "C" not null,
      signed_by uuid not null,
      signed_name text not null,
      signed_at timestamptz not null default now(),
      ip text,
      user_agent text,
      revoked_at timestamptz,
      primary key (tenant_id, id)
    )
  `);
  await knex.raw(`
    create index mandates_method on app.mandates (tenant_id, payment_method_id) where payment_method_id is not null
  `);
  await knex.raw(`create index mandates_account on app.mandates (tenant_id, billing_account_id, id)`);
  await knex.raw(`select app.isolate_by_tenant('app.mandates')`);
  await knex.raw(`
    alter table app.mandates add foreign key (tenant_id, billing_account_id) references app.billing_accounts (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.mandates add foreign key (tenant_id, payment_method_id) references app.payment_methods (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.mandates add foreign key (tenant_id, signed_by) references app.users (tenant_id, id)
  `);
  // Null: customers pay themselves.
  await knex.raw('alter table app.billing_accounts add column autopay_since timestamptz');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.billing_accounts drop column autopay_since');
  await knex.raw('drop table app.mandates');
  await knex.raw('drop table app.payment_methods');
}
