import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table app.invoices
      -- When the customer was told of its automatic or scheduled charge.
      add column charge_announced_at timestamptz
  `);
  await knex.raw(`
    alter table app.payments
      -- What was scheduled, if less was still open on the day.
      add column scheduled_cents bigint
  `);
  await knex.raw(`
    create index billing_accounts_autopay on app.billing_accounts (tenant_id, id) where autopay_since is not null
  `);
  // A demo whose history is not finished has no schedules yet.
  await knex.raw(`
    insert into app.billing_schedules (tenant_id, kind, next_run_at)
    select tenant_id, 'autopay', now() from app.billing_schedules where kind = 'rent'
    returning tenant_id
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`delete from app.billing_schedules where kind = 'autopay'`);
  await knex.raw('drop index app.billing_accounts_autopay');
  await knex.raw('alter table app.payments drop column scheduled_cents');
  await knex.raw('alter table app.invoices drop column charge_announced_at');
}
