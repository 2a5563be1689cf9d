import type { Knex } from 'knex';

/** A rental that an import has created is deleted when the import is undone. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('grant delete on app.rental_prices to app_rw');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('revoke delete on app.rental_prices from app_rw');
}
