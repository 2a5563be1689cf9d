import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.payments (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      billing_account_id uuid not null,
      direction text collate "C" not null default 'in' check (direction in ('in', 'out')),
      channel text collate "C" not null check (channel in ('bank_transfer', 'cash', 'cheque', 'other')),
      status text collate "C" not null check (status in ('succeeded', 'undone')),
      amount_cents bigint not null check (amount_cents > 0),
      currency text collate "C" not null,
      reference text,
      received_on date not null,
      recorded_by uuid,
      created_at timestamptz not null default now(),
      undone_at timestamptz,
      undone_by uuid,
      undone_reason text,
      primary key (tenant_id, id),
      check ((status = 'undone') = (undone_at is not null))
    )
  `);
  await knex.raw('create index payments_account on app.payments (tenant_id, billing_account_id, id)');
  await knex.raw('create index payments_received on app.payments (tenant_id, received_on, id)');
  await knex.raw(`select app.isolate_by_tenant('app.payments')`);
  await knex.raw(`
    alter table app.payments add foreign key (tenant_id, billing_account_id) references app.billing_accounts (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.payments add foreign key (tenant_id, recorded_by) references app.users (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.payments add foreign key (tenant_id, undone_by) references app.users (tenant_id, id)
  `);
  await knex.raw(`
    create table app.allocations (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      billing_account_id uuid not null,
      source text collate "C" not null check (source in ('payment', 'credit', 'credit_note', 'write_off')),
      -- The payment, the credit note, or for the others the invoice itself.
      source_id uuid not null,
      invoice_id uuid not null,
      amount_cents bigint not null check (amount_cents > 0),
      -- The allocation that this one takes back.
      reverses_id uuid,
      effective_on date not null,
      at timestamptz not null default now(),
      primary key (tenant_id, id)
    )
  `);
  await knex.raw('create index allocations_invoice on app.allocations (tenant_id, invoice_id, id)');
  await knex.raw('create index allocations_source on app.allocations (tenant_id, source_id, id)');
  await knex.raw(`
    create index allocations_account on app.allocations (tenant_id, billing_account_id, id)
  `);
  await knex.raw(`
    create unique index allocations_reversed on app.allocations (tenant_id, reverses_id) where reverses_id is not null
  `);
  await knex.raw(`select app.isolate_by_tenant('app.allocations', 'select, insert')`);
  await knex.raw(`
    alter table app.allocations add foreign key (tenant_id, billing_account_id) references app.billing_accounts (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.allocations add foreign key (tenant_id, invoice_id) references app.invoices (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.allocations add foreign key (tenant_id, reverses_id) references app.allocations (tenant_id, id)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.allocations');
  await knex.raw('drop table app.payments');
}
