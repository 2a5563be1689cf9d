import type { Knex } from 'knex';

const STATUSES = [
  'scheduled',
  'created',
  'ready',
  'submitting',
  'unknown',
  'requires_action',
  'processing',
  'succeeded',
  'failed',
  'cancelled',
  'charged_back',
  'undone',
];

export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table app.payments drop constraint payments_channel_check');
  await knex.raw('alter table app.payments drop constraint payments_status_check');
  await knex.raw(`
    alter table app.payments
      add constraint payments_channel_check
        check (channel in ('bank_transfer', 'cash', 'cheque', 'other', 'stripe', 'sandbox')),
      add constraint payments_status_check check (status in (${STATUSES.map((status) => `'${status}'`).join()})),
      add column gateway_id uuid,
      -- Null on a hosted page until it is completed.
      add column payment_method_id uuid,
      -- A form that is sent twice has one payment.
      add column request_key text collate "C",
      -- The gateway's charge, or of a refund its refund.
      add column gateway_object_id text collate "C",
      -- A hosted page on which the customer pays or confirms.
      add column gateway_session_id text collate "C",
      add column session_url text,
      add column session_expires_at timestamptz,
      add column saves_method boolean not null default false,
      add column started_by text collate "C" not null default 'staff' check (started_by in ('customer', 'staff', 'autopay', 'schedule')),
      add column scheduled_on date,
      add column needs text collate "C" not null default 'nothing' check (needs in ('nothing', 'customer', 'new_method')),
      add column failure_code text collate "C",
      add column failure_text text,
      add column attempts int not null default 0,
      -- When the worker looks at it next. Null: never.
      add column due_at timestamptz,
      add column next_retry_on date,
      add column refunded_cents bigint not null default 0,
      -- Of a payment out: the one whose money it returns.
      add column refunds_payment_id uuid,
      add column settled_at timestamptz,
      add constraint payments_refunded check (refunded_cents between 0 and amount_cents),
      add constraint payments_gateway check ((gateway_id is not null) = (channel in ('stripe', 'sandbox')))
  `);
  await knex.raw(`
    create unique index payments_request on app.payments (tenant_id, request_key) where request_key is not null
  `);
  await knex.raw(`
    create unique index payments_object on app.payments (tenant_id, gateway_id, gateway_object_id) where gateway_object_id is not null
  `);
  await knex.raw(`
    create unique index payments_session on app.payments (tenant_id, gateway_id, gateway_session_id) where gateway_session_id is not null
  `);
  await knex.raw('create index payments_due on app.payments (tenant_id, due_at) where due_at is not null');
  await knex.raw('create index payments_status on app.payments (tenant_id, status, id)');
  await knex.raw(`
    create index payments_refunds on app.payments (tenant_id, refunds_payment_id) where refunds_payment_id is not null
  `);
  await knex.raw(`
    alter table app.payments add foreign key (tenant_id, gateway_id) references app.gateways (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.payments add foreign key (tenant_id, payment_method_id) references app.payment_methods (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.payments add foreign key (tenant_id, refunds_payment_id) references app.payments (tenant_id, id)
  `);
  await createPartsOfPayments(knex);
  await createShortPayments(knex);
  // The payment on its way. While it is set, no other one can start.
  await knex.raw('alter table app.invoices add column pending_payment_id uuid');
  await knex.raw(`
    alter table app.invoices add constraint invoices_pending check ((status = 'pending') = (pending_payment_id is not null))
  `);
  await knex.raw('alter table app.ledger_entries drop constraint ledger_entries_posting_check');
  await knex.raw(`
    alter table app.ledger_entries add constraint ledger_entries_posting_check
      check (posting in ('issue', 'payment', 'credit_applied', 'credit_note', 'credit', 'deposit', 'write_off', 'refund', 'reversal', 'chargeback'))
  `);
}

async function createPartsOfPayments(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.payment_invoices (
      tenant_id uuid not null references app.tenants (id),
      payment_id uuid not null,
      invoice_id uuid not null,
      -- What the payment is meant for. What it paid is in the allocations.
      amount_cents bigint not null check (amount_cents > 0),
      -- The status to which the invoice returns if the payment is cancelled.
      invoice_status text collate "C" not null default 'sent' check (invoice_status in ('sent', 'failed')),
      primary key (tenant_id, payment_id, invoice_id)
    )
  `);
  await knex.raw(`
    create index payment_invoices_invoice on app.payment_invoices (tenant_id, invoice_id)
  `);
  await knex.raw(`select app.isolate_by_tenant('app.payment_invoices')`);
  await knex.raw(`
    alter table app.payment_invoices add foreign key (tenant_id, payment_id) references app.payments (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.payment_invoices add foreign key (tenant_id, invoice_id) references app.invoices (tenant_id, id)
  `);
  await knex.raw(`
    create table app.payment_attempts (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      payment_id uuid not null,
      -- Of the charge: a retry after a failure has the next one.
      attempt int not null,
      call text collate "C" not null check (call in ('create', 'confirm', 'read', 'cancel', 'page', 'refund')),
      outcome text collate "C" not null
        check (outcome in ('ready', 'processing', 'requires_action', 'succeeded', 'failed', 'cancelled', 'unknown', 'refused')),
      code text collate "C",
      text text,
      gateway_request_id text collate "C",
      at timestamptz not null default now(),
      primary key (tenant_id, id)
    )
  `);
  await knex.raw(`
    create index payment_attempts_payment on app.payment_attempts (tenant_id, payment_id, id)
  `);
  await knex.raw(`select app.isolate_by_tenant('app.payment_attempts', 'select, insert')`);
  await knex.raw(`
    alter table app.payment_attempts add foreign key (tenant_id, payment_id) references app.payments (tenant_id, id)
  `);
}

async function createShortPayments(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.short_payments (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      billing_account_id uuid not null,
      invoice_id uuid not null,
      -- Null if nothing was paid.
      payment_id uuid,
      amount_cents bigint not null check (amount_cents > 0),
      reason text not null,
      comment text,
      -- Waiting until its payment succeeds.
      status text collate "C" not null check (status in ('waiting', 'open', 'accepted', 'rejected', 'cancelled')),
      opened_by uuid,
      decided_by uuid,
      decided_at timestamptz,
      decided_on date,
      decision_reason text,
      version int not null default 1,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id)
    )
  `);
  await knex.raw(`
    create index short_payments_invoice on app.short_payments (tenant_id, invoice_id, id)
  `);
  await knex.raw(`
    create index short_payments_payment on app.short_payments (tenant_id, payment_id) where payment_id is not null
  `);
  await knex.raw('create index short_payments_status on app.short_payments (tenant_id, status, id)');
  await knex.raw(`select app.isolate_by_tenant('app.short_payments')`);
  await knex.raw(`
    alter table app.short_payments add foreign key (tenant_id, billing_account_id) references app.billing_accounts (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.short_payments add foreign key (tenant_id, invoice_id) references app.invoices (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.short_payments add foreign key (tenant_id, payment_id) references app.payments (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.short_payments add foreign key (tenant_id, opened_by) references app.users (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.short_payments add foreign key (tenant_id, decided_by) references app.users (tenant_id, id)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.ledger_entries drop constraint ledger_entries_posting_check');
  await knex.raw(`
    alter table app.ledger_entries add constraint ledger_entries_posting_check
      check (posting in ('issue', 'payment', 'credit_applied', 'credit_note', 'credit', 'deposit', 'write_off', 'refund', 'reversal'))
  `);
  await knex.raw('alter table app.invoices drop constraint invoices_pending, drop column pending_payment_id');
  await knex.raw('drop table app.short_payments');
  await knex.raw('drop table app.payment_attempts');
  await knex.raw('drop table app.payment_invoices');
  await knex.raw(`
    alter table app.payments
      drop column gateway_id, drop column payment_method_id, drop column request_key, drop column gateway_object_id,
      drop column gateway_session_id, drop column session_url, drop column session_expires_at,
      drop column saves_method, drop column started_by, drop column scheduled_on, drop column needs,
      drop column failure_code, drop column failure_text, drop column attempts, drop column due_at,
      drop column next_retry_on, drop column refunded_cents, drop column refunds_payment_id,
      drop column settled_at, drop constraint payments_channel_check, drop constraint payments_status_check,
      add constraint payments_channel_check check (channel in ('bank_transfer', 'cash', 'cheque', 'other')),
      add constraint payments_status_check check (status in ('succeeded', 'undone'))
  `);
}
