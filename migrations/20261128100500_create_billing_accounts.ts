import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.billing_accounts (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      -- Exactly one of the two owes.
      user_id uuid,
      company_id uuid,
      currency text collate "C" not null,
      -- Printed on invoices, so that a bank transfer can be matched.
      reference text collate "C" not null,
      billing_method text collate "C" not null default 'invoice' check (billing_method in ('gateway', 'invoice')),
      billing_trigger text collate "C" not null default 'default'
        check (billing_trigger in ('default', 'automatic', 'manual')),
      -- Null: as in the settings.
      invoice_day int check (invoice_day between 1 and 31),
      terms_days int check (terms_days between 0 and 365),
      -- Sums of the ledger, written with it.
      receivable_cents bigint not null default 0 check (receivable_cents >= 0),
      credit_cents bigint not null default 0 check (credit_cents >= 0),
      deposit_cents bigint not null default 0 check (deposit_cents >= 0),
      version int not null default 1,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id),
      check ((user_id is null) <> (company_id is null))
    )
  `);
  await knex.raw(`
    create unique index billing_accounts_user on app.billing_accounts (tenant_id, user_id, currency) where user_id is not null
  `);
  await knex.raw(`
    create unique index billing_accounts_company on app.billing_accounts (tenant_id, company_id, currency) where company_id is not null
  `);
  await knex.raw(`
    create unique index billing_accounts_reference on app.billing_accounts (tenant_id, reference)
  `);
  await knex.raw(`select app.isolate_by_tenant('app.billing_accounts')`);
  await knex.raw(`
    alter table app.billing_accounts add foreign key (tenant_id, user_id) references app.users (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.billing_accounts add foreign key (tenant_id, company_id) references app.companies (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.companies
      add column address text,
      add column tax_number text,
      -- At most five, which receive the emails about invoices.
      add column billing_emails text[] not null default '{}' check (cardinality(billing_emails) <= 5)
  `);
  await knex.raw('alter table app.users add column address text');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.users drop column address');
  await knex.raw(
    'alter table app.companies drop column address, drop column tax_number, drop column billing_emails',
  );
  await knex.raw('drop table app.billing_accounts');
}
