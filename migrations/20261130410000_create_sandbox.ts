import type { Knex } from 'knex';

/** The tables of the sandbox, which is a payment service of its own: it knows gateways, but nothing else of the portal. */
export async function up(knex: Knex): Promise<void> {
  await createCustomers(knex);
  await createCharges(knex);
  await createSessions(knex);
  await createRequests(knex);
}

export async function down(knex: Knex): Promise<void> {
  for (const table of [
    'events',
    'switches',
    'requests',
    'sessions',
    'refunds',
    'charges',
    'methods',
    'customers',
  ])
    await knex.raw(`drop table app.sandbox_${table}`);
}

async function createCustomers(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.sandbox_customers (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      gateway_id uuid not null,
      name text not null,
      email text,
      reference text not null,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id)
    )
  `);
  await isolate(knex, 'sandbox_customers');
  await knex.raw(`
    create table app.sandbox_methods (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      gateway_id uuid not null,
      customer_id uuid not null,
      type text collate "C" not null check (type in ('card', 'us_bank_account')),
      -- What a charge does. The number itself is never stored.
      behaviour text collate "C" not null check (behaviour in (
        'succeeds', 'declined', 'insufficient_funds', 'stolen_card', 'expired_card', 'authentication_required',
        'debit_succeeds', 'debit_fails'
      )),
      brand text,
      last4 text collate "C" not null,
      exp_month int check (exp_month between 1 and 12),
      exp_year int,
      bank_name text,
      -- False until the customer has confirmed it on the page.
      is_confirmed boolean not null,
      detached_at timestamptz,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id)
    )
  `);
  await isolate(knex, 'sandbox_methods');
  await refer(knex, 'sandbox_methods', 'customer_id', 'sandbox_customers');
}

async function createCharges(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.sandbox_charges (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      gateway_id uuid not null,
      customer_id uuid not null,
      method_id uuid not null,
      amount_cents bigint not null check (amount_cents > 0),
      currency text collate "C" not null,
      reference text not null,
      status text collate "C" not null
        check (status in ('ready', 'processing', 'requires_action', 'succeeded', 'failed', 'cancelled')),
      failure_code text collate "C",
      -- When a charge that is processing succeeds, or fails if it has a failure.
      settles_at timestamptz,
      charged_back_cents bigint not null default 0,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id),
      check (charged_back_cents between 0 and amount_cents)
    )
  `);
  await isolate(knex, 'sandbox_charges');
  await refer(knex, 'sandbox_charges', 'customer_id', 'sandbox_customers');
  await refer(knex, 'sandbox_charges', 'method_id', 'sandbox_methods');
  await knex.raw(`
    create table app.sandbox_refunds (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      gateway_id uuid not null,
      charge_id uuid not null,
      amount_cents bigint not null check (amount_cents > 0),
      reference text not null,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id)
    )
  `);
  await knex.raw('create index sandbox_refunds_charge on app.sandbox_refunds (tenant_id, charge_id)');
  await isolate(knex, 'sandbox_refunds');
  await refer(knex, 'sandbox_refunds', 'charge_id', 'sandbox_charges');
}

async function createSessions(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.sandbox_sessions (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      gateway_id uuid not null,
      customer_id uuid not null,
      mode text collate "C" not null check (mode in ('setup', 'payment')),
      method_types text[] not null,
      amount_cents bigint check (amount_cents > 0),
      currency text collate "C",
      description text,
      saves_method boolean not null,
      reference text not null,
      return_url text not null,
      cancel_url text not null,
      state text collate "C" not null default 'open' check (state in ('open', 'complete', 'expired')),
      expires_at timestamptz not null,
      -- While the session is open: the one to confirm.
      method_id uuid,
      charge_id uuid,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id),
      check ((mode = 'payment') = (amount_cents is not null and currency is not null))
    )
  `);
  await isolate(knex, 'sandbox_sessions');
  await refer(knex, 'sandbox_sessions', 'customer_id', 'sandbox_customers');
  await refer(knex, 'sandbox_sessions', 'method_id', 'sandbox_methods');
  await refer(knex, 'sandbox_sessions', 'charge_id', 'sandbox_charges');
}

async function createRequests(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.sandbox_requests (
      tenant_id uuid not null references app.tenants (id),
      gateway_id uuid not null,
      key text collate "C" not null,
      parameters text not null,
      -- JSON. Null only within the transaction that runs the request.
      response text,
      created_at timestamptz not null default now(),
      primary key (tenant_id, gateway_id, key)
    )
  `);
  await isolate(knex, 'sandbox_requests');
  await knex.raw(`
    create table app.sandbox_switches (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      gateway_id uuid not null,
      call text collate "C" not null check (call in ('create', 'confirm', 'refund', 'event')),
      behaviour text collate "C" not null
        check (behaviour in ('error', 'cut', 'no-answer', 'delay', 'twice', 'out-of-order', 'never')),
      remaining int not null check (remaining >= 0),
      primary key (tenant_id, id),
      check ((call = 'event') = (behaviour in ('delay', 'twice', 'out-of-order', 'never')))
    )
  `);
  await isolate(knex, 'sandbox_switches');
  await knex.raw(`
    create table app.sandbox_events (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      gateway_id uuid not null,
      type text collate "C" not null,
      subject_kind text collate "C" not null check (subject_kind in ('session', 'charge', 'method', 'refund')),
      subject_id uuid not null,
      reference text,
      created_at timestamptz not null default now(),
      -- How often it is still to be delivered.
      deliveries int not null default 1,
      attempts int not null default 0,
      due_at timestamptz,
      primary key (tenant_id, id)
    )
  `);
  await knex.raw(`
    create index sandbox_events_due on app.sandbox_events (tenant_id, due_at) where due_at is not null
  `);
  await isolate(knex, 'sandbox_events');
}

async function isolate(knex: Knex, table: string): Promise<void> {
  await knex.raw(`select app.isolate_by_tenant('app.${table}')`);
  await refer(knex, table, 'gateway_id', 'gateways');
}

async function refer(knex: Knex, table: string, column: string, to: string): Promise<void> {
  await knex.raw(
    `alter table app.${table} add foreign key (tenant_id, ${column}) references app.${to} (tenant_id, id)`,
  );
}
