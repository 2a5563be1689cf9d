import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table app.companies add column status_reason text');
  await knex.raw('alter table app.companies add column status_since timestamptz');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.companies drop column status_since');
  await knex.raw('alter table app.companies drop column status_reason');
}
