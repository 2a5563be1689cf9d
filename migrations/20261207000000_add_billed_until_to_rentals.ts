import type { Knex } from 'knex';

/** Of an imported rental: the last day that was billed elsewhere. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table app.rentals add column billed_until date');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.rentals drop column billed_until');
}
