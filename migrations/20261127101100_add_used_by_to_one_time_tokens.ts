import type { Knex } from 'knex';

/** A hash of the key of the browser in which the token was used: its form may be submitted twice. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table app.one_time_tokens add column used_by bytea');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.one_time_tokens drop column used_by');
}
