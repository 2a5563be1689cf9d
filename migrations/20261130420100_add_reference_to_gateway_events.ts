import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  // Our own id of the object, for one whose id was not received.
  await knex.raw('alter table app.gateway_events add column reference text collate "C"');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.gateway_events drop column reference');
}
