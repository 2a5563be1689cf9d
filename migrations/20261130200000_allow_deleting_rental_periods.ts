import type { Knex } from 'knex';

/** A reservation whose first day changes is billed again. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('grant delete on app.rental_periods to app_rw');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('revoke delete on app.rental_periods from app_rw');
}
