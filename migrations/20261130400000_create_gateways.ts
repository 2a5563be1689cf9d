import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.gateways (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      service text collate "C" not null check (service in ('stripe', 'sandbox')),
      mode text collate "C" not null check (mode in ('test', 'live')),
      sealed_secret_key bytea,
      -- A JSON list: two while a secret is replaced.
      sealed_webhook_secrets bytea,
      -- Payments of former gateways keep their row.
      is_active boolean not null default true,
      version int not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (tenant_id, id),
      check (service = 'sandbox' or sealed_secret_key is not null)
    )
  `);
  await knex.raw('create unique index gateways_active on app.gateways (tenant_id) where is_active');
  await knex.raw(`select app.isolate_by_tenant('app.gateways')`);
  await knex.raw(`
    create table app.gateway_customers (
      tenant_id uuid not null references app.tenants (id),
      billing_account_id uuid not null,
      gateway_id uuid not null,
      external_id text collate "C" not null,
      created_at timestamptz not null default now(),
      primary key (tenant_id, billing_account_id, gateway_id)
    )
  `);
  await knex.raw(`select app.isolate_by_tenant('app.gateway_customers')`);
  await knex.raw(`
    alter table app.gateway_customers add foreign key (tenant_id, billing_account_id) references app.billing_accounts (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.gateway_customers add foreign key (tenant_id, gateway_id) references app.gateways (tenant_id, id)
  `);
  await knex.raw(`
    create table app.gateway_events (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      gateway_id uuid not null,
      event_id text collate "C" not null,
      type text collate "C" not null,
      object_id text collate "C",
      sent_at timestamptz not null,
      received_at timestamptz not null default now(),
      state text collate "C" not null default 'received' check (state in ('received', 'done', 'ignored', 'failed')),
      -- Why it was ignored or failed.
      reason text,
      attempts int not null default 0,
      due_at timestamptz default now(),
      primary key (tenant_id, id)
    )
  `);
  // A repeated delivery violates it.
  await knex.raw(`
    create unique index gateway_events_event on app.gateway_events (tenant_id, gateway_id, event_id)
  `);
  await knex.raw(`
    create index gateway_events_due on app.gateway_events (tenant_id, due_at) where due_at is not null
  `);
  await knex.raw('create index gateway_events_state on app.gateway_events (tenant_id, state, id)');
  await knex.raw(`select app.isolate_by_tenant('app.gateway_events')`);
  await knex.raw(`
    alter table app.gateway_events add foreign key (tenant_id, gateway_id) references app.gateways (tenant_id, id)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.gateway_events');
  await knex.raw('drop table app.gateway_customers');
  await knex.raw('drop table app.gateways');
}
