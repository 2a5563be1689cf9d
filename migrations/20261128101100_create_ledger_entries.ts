import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.ledger_entries (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      billing_account_id uuid not null,
      -- The amount moves from the account of the credit side to that of the debit side.
      debit text collate "C" not null check (debit in ('receivable', 'credit', 'deposit', 'income', 'tax', 'cash', 'bad_debt')),
      credit text collate "C" not null check (credit in ('receivable', 'credit', 'deposit', 'income', 'tax', 'cash', 'bad_debt')),
      amount_cents bigint not null check (amount_cents > 0),
      currency text collate "C" not null,
      posting text collate "C" not null
        check (posting in ('issue', 'payment', 'credit_applied', 'credit_note', 'credit', 'deposit', 'write_off', 'refund', 'reversal')),
      source_type text collate "C" not null check (source_type in ('invoice', 'payment', 'allocation', 'rental')),
      source_id uuid not null,
      effective_on date not null,
      at timestamptz not null default now(),
      primary key (tenant_id, id),
      check (debit <> credit)
    )
  `);
  await knex.raw(`
    create index ledger_entries_account on app.ledger_entries (tenant_id, billing_account_id, id)
  `);
  await knex.raw('create index ledger_entries_source on app.ledger_entries (tenant_id, source_id, id)');
  await knex.raw(`
    create index ledger_entries_date on app.ledger_entries (tenant_id, effective_on, id)
  `);
  await knex.raw(`select app.isolate_by_tenant('app.ledger_entries', 'select, insert')`);
  await knex.raw(`
    alter table app.ledger_entries add foreign key (tenant_id, billing_account_id) references app.billing_accounts (tenant_id, id)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.ledger_entries');
}
