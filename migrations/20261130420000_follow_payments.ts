import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table app.payments
      -- Charges that the gateway declined. The next retry depends on it.
      add column failures int not null default 0,
      -- Reads in a row that did not show a result. The time until the next one depends on it.
      add column checks int not null default 0,
      -- Until then the customer can confirm a charge.
      add column action_expires_at timestamptz,
      -- What a dispute or a returned debit took back.
      add column charged_back_cents bigint not null default 0
        constraint payments_charged_back check (charged_back_cents between 0 and amount_cents)
  `);
  // The method that the customer replaces with this one.
  await knex.raw('alter table app.payment_methods add column replaces_id uuid');
  await knex.raw('alter table app.users add column alerts_of_payments boolean not null default false');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.users drop column alerts_of_payments');
  await knex.raw('alter table app.payment_methods drop column replaces_id');
  await knex.raw(`
    alter table app.payments drop column failures, drop column checks, drop column action_expires_at,
      drop column charged_back_cents
  `);
}
