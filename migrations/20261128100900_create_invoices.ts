import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.invoices (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      -- A credit note without an invoice is a credit to the account.
      kind text collate "C" not null check (kind in ('invoice', 'credit_note')),
      billing_account_id uuid not null,
      credits_invoice_id uuid,
      series text collate "C" not null,
      -- Null for a draft.
      number bigint,
      label text,
      label_norm text collate "C",
      status text collate "C" not null check (status in ('draft', 'sent', 'pending', 'failed', 'paid', 'deleted')),
      issued_on date,
      due_on date,
      currency text collate "C" not null,
      po_number text,
      -- Of a credit note they are positive too.
      net_cents bigint not null default 0,
      tax_cents bigint not null default 0,
      total_cents bigint not null default 0,
      paid_cents bigint not null default 0 check (paid_cents >= 0),
      -- The open amount that credit notes have lowered.
      credited_cents bigint not null default 0 check (credited_cents >= 0),
      written_off_cents bigint not null default 0 check (written_off_cents >= 0),
      -- The sum of its credit notes.
      credit_noted_cents bigint not null default 0,
      disputed_cents bigint not null default 0,
      first_sent_at timestamptz,
      paid_at timestamptz,
      deleted_at timestamptz,
      deleted_by uuid,
      deleted_reason text,
      written_off_reason text,
      -- Printed on it: the reason of a credit note.
      note text,
      -- The name, address and tax number of both sides when it was issued.
      seller jsonb,
      buyer jsonb,
      source text collate "C" not null check (source in ('rental', 'manual', 'late_fee', 'import')),
      source_key text collate "C",
      version int not null default 1,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id),
      check (total_cents = net_cents + tax_cents),
      check (paid_cents + credited_cents + written_off_cents <= greatest(total_cents, 0)),
      check (credit_noted_cents between 0 and greatest(total_cents, 0)),
      check (disputed_cents between 0 and greatest(total_cents, 0)),
      check (kind = 'credit_note' or credits_invoice_id is null),
      check ((status = 'draft') = (number is null) or status = 'deleted'),
      check ((number is null) = (label is null))
    )
  `);
  await knex.raw(`
    create unique index invoices_number on app.invoices (tenant_id, series, number) where number is not null
  `);
  await knex.raw(`
    create unique index invoices_source on app.invoices (tenant_id, source, source_key) where source_key is not null
  `);
  await knex.raw(`
    create index invoices_account on app.invoices (tenant_id, billing_account_id, issued_on desc, id desc)
  `);
  await knex.raw(`
    create index invoices_open on app.invoices (tenant_id, due_on, id) where status in ('sent', 'pending', 'failed')
  `);
  await knex.raw(`
    create index invoices_open_account on app.invoices (tenant_id, billing_account_id, due_on, number) where status in ('sent', 'pending', 'failed')
  `);
  await knex.raw('create index invoices_status on app.invoices (tenant_id, status, id)');
  await knex.raw('create index invoices_label on app.invoices (tenant_id, label_norm, id)');
  await knex.raw('create index invoices_issued on app.invoices (tenant_id, issued_on, id)');
  await knex.raw(`
    create index invoices_credited on app.invoices (tenant_id, credits_invoice_id) where credits_invoice_id is not null
  `);
  await knex.raw(`select app.isolate_by_tenant('app.invoices')`);
  await knex.raw(`
    alter table app.invoices add foreign key (tenant_id, billing_account_id) references app.billing_accounts (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.invoices add foreign key (tenant_id, credits_invoice_id) references app.invoices (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.invoices add foreign key (tenant_id, deleted_by) references app.users (tenant_id, id)
  `);
  await knex.raw(`
    create table app.invoice_lines (
      tenant_id uuid not null references app.tenants (id),
      invoice_id uuid not null,
      position int not null,
      kind text collate "C" not null
        check (kind in ('rent', 'insurance', 'fee', 'discount', 'deposit', 'item', 'proration', 'late_fee')),
      description text not null,
      rental_id uuid,
      -- Thousandths.
      quantity_milli bigint not null default 1000,
      -- With tax if the rate is inclusive.
      unit_cents bigint not null,
      net_cents bigint not null,
      tax_rate_id uuid,
      tax_ppm int not null default 0,
      tax_cents bigint not null default 0,
      starts_on date,
      ends_on date,
      -- Of a part of a period: its days, and those and the price of the full period.
      days int,
      full_days int,
      full_cents bigint,
      -- What credit notes have taken back.
      credited_net_cents bigint not null default 0,
      credited_tax_cents bigint not null default 0,
      -- Of a line of a credit note: the line of the invoice.
      credits_position int,
      primary key (tenant_id, invoice_id, position)
    )
  `);
  await knex.raw(`
    create index invoice_lines_rental on app.invoice_lines (tenant_id, rental_id) where rental_id is not null
  `);
  await knex.raw(`select app.isolate_by_tenant('app.invoice_lines')`);
  await knex.raw(`
    alter table app.invoice_lines add foreign key (tenant_id, invoice_id) references app.invoices (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.invoice_lines add foreign key (tenant_id, rental_id) references app.rentals (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.invoice_lines add foreign key (tenant_id, tax_rate_id) references app.tax_rates (tenant_id, id)
  `);
  await knex.raw(`
    create table app.rental_periods (
      tenant_id uuid not null references app.tenants (id),
      rental_id uuid not null,
      -- A second bill for the same period violates the primary key.
      starts_on date not null,
      ends_on date not null,
      invoice_id uuid not null,
      price_cents bigint not null,
      days int not null,
      full_days int not null,
      primary key (tenant_id, rental_id, starts_on)
    )
  `);
  await knex.raw('create index rental_periods_invoice on app.rental_periods (tenant_id, invoice_id)');
  await knex.raw(`select app.isolate_by_tenant('app.rental_periods', 'select, insert')`);
  await knex.raw(`
    alter table app.rental_periods add foreign key (tenant_id, rental_id) references app.rentals (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.rental_periods add foreign key (tenant_id, invoice_id) references app.invoices (tenant_id, id)
  `);
  await knex.raw(`
    create table app.invoice_comments (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      invoice_id uuid not null,
      author_id uuid not null,
      body text not null,
      at timestamptz not null default now(),
      primary key (tenant_id, id)
    )
  `);
  await knex.raw(`
    create index invoice_comments_invoice on app.invoice_comments (tenant_id, invoice_id, id)
  `);
  await knex.raw(`select app.isolate_by_tenant('app.invoice_comments', 'select, insert')`);
  await knex.raw(`
    alter table app.invoice_comments add foreign key (tenant_id, invoice_id) references app.invoices (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.invoice_comments add foreign key (tenant_id, author_id) references app.users (tenant_id, id)
  `);
  await knex.raw(`
    create table app.invoice_reminders (
      tenant_id uuid not null references app.tenants (id),
      invoice_id uuid not null,
      number int not null,
      sent_at timestamptz not null default now(),
      primary key (tenant_id, invoice_id, number)
    )
  `);
  await knex.raw(`select app.isolate_by_tenant('app.invoice_reminders', 'select, insert')`);
  await knex.raw(`
    alter table app.invoice_reminders add foreign key (tenant_id, invoice_id) references app.invoices (tenant_id, id)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.invoice_reminders');
  await knex.raw('drop table app.invoice_comments');
  await knex.raw('drop table app.rental_periods');
  await knex.raw('drop table app.invoice_lines');
  await knex.raw('drop table app.invoices');
}
