import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.billing_settings (
      tenant_id uuid primary key references app.tenants (id),
      cycle text collate "C" not null default 'anniversary' check (cycle in ('anniversary', 'day_of_month')),
      invoice_day int not null default 1 check (invoice_day between 1 and 31),
      days_ahead int not null default 0 check (days_ahead between 0 and 30),
      proration text collate "C" not null default 'actual'
        check (proration in ('actual', 'annual_365', 'thirty', 'none')),
      first_invoice text collate "C" not null default 'stub' check (first_invoice in ('stub', 'stub_and_next')),
      -- The first invoice has the next period only for a start on this day of the month or later.
      stub_and_next_from_day int check (stub_and_next_from_day between 1 and 31),
      move_out_credit text collate "C" not null default 'days' check (move_out_credit in ('days', 'none')),
      notice_days int not null default 14 check (notice_days between 0 and 365),
      payment_terms_days int not null default 0 check (payment_terms_days between 0 and 365),
      overdue_after_days int not null default 5 check (overdue_after_days between 0 and 365),
      -- Null: customers are never locked out by the billing run.
      lock_out_after_days int default 10 check (lock_out_after_days between 0 and 365),
      billing_trigger text collate "C" not null default 'automatic' check (billing_trigger in ('automatic', 'manual')),
      invoice_per text collate "C" not null default 'rental' check (invoice_per in ('rental', 'account')),
      applies_credit boolean not null default true,
      -- Days after the first email of an invoice.
      reminder_days int[] not null default '{3,7,14}' check (cardinality(reminder_days) <= 6),
      charge_notice_days int not null default 3 check (charge_notice_days between 0 and 30),
      -- Local time, like 09:00.
      autopay_time text collate "C" not null default '09:00',
      retry_days int[] not null default '{3,5,7}' check (cardinality(retry_days) <= 4),
      short_pay_reasons text[] not null default '{Price,Quantity,Damaged goods,Not received,Other}',
      reservation_hours int not null default 48 check (reservation_hours between 1 and 8760),
      is_agreement_required boolean not null default false,
      sends_statements boolean not null default false,
      invoice_prefix text not null default 'INV-',
      credit_note_prefix text not null default 'CN-',
      invoice_digits int not null default 5 check (invoice_digits between 1 and 12),
      version int not null default 1,
      updated_at timestamptz not null default now()
    )
  `);
  await knex.raw(`select app.isolate_by_tenant('app.billing_settings')`);
  await knex.raw(`
    create table app.billing_schedules (
      tenant_id uuid not null references app.tenants (id),
      kind text collate "C" not null check (kind in ('rent', 'autopay', 'reminders', 'late_fees', 'statements')),
      -- The worker finds the tenants with a due run by it.
      next_run_at timestamptz not null,
      primary key (tenant_id, kind)
    )
  `);
  await knex.raw(`
    create index billing_schedules_due on app.billing_schedules (tenant_id, next_run_at)
  `);
  await knex.raw(`select app.isolate_by_tenant('app.billing_schedules')`);
  await knex.raw(`
    create table app.billing_runs (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      kind text collate "C" not null check (kind in ('rent', 'autopay', 'reminders', 'late_fees', 'statements')),
      local_date date not null,
      status text collate "C" not null default 'running' check (status in ('running', 'finished', 'failed')),
      invoices int not null default 0,
      amount_cents bigint not null default 0,
      errors int not null default 0,
      -- The first ones: what could not be processed, and why.
      failures jsonb not null default '[]',
      started_at timestamptz not null default now(),
      finished_at timestamptz,
      primary key (tenant_id, id)
    )
  `);
  await knex.raw(`
    create unique index billing_runs_date on app.billing_runs (tenant_id, kind, local_date)
  `);
  await knex.raw(`select app.isolate_by_tenant('app.billing_runs')`);
  await knex.raw(`
    create table app.late_fee_rules (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      -- Null for every site.
      site_id uuid,
      days_after_due int not null check (days_after_due between 1 and 365),
      -- Exactly one of the two.
      fee_cents bigint check (fee_cents > 0),
      fee_ppm int check (fee_ppm between 1 and 1000000),
      minimum_balance_cents bigint not null default 0 check (minimum_balance_cents >= 0),
      tax_rate_id uuid,
      version int not null default 1,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id),
      check ((fee_cents is null) <> (fee_ppm is null))
    )
  `);
  await knex.raw(`select app.isolate_by_tenant('app.late_fee_rules')`);
  await knex.raw(`
    alter table app.late_fee_rules add foreign key (tenant_id, tax_rate_id) references app.tax_rates (tenant_id, id)
  `);
  await knex.raw(`
    insert into app.billing_schedules (tenant_id, kind, next_run_at)
    select t.id, k.kind, now() from app.tenants t, unnest(array['rent', 'late_fees', 'reminders', 'statements']) k (kind)
    returning tenant_id
  `);
  await knex.raw(
    'insert into app.billing_settings (tenant_id) select id from app.tenants returning tenant_id',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.late_fee_rules');
  await knex.raw('drop table app.billing_runs');
  await knex.raw('drop table app.billing_schedules');
  await knex.raw('drop table app.billing_settings');
}
