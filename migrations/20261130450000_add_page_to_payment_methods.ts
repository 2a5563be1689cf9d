import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  // The page of the gateway on which the customer enters the method.
  await knex.raw('alter table app.payment_methods add column session_url text');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.payment_methods drop column session_url');
}
