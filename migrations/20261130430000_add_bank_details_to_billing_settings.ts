import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`alter table app.billing_settings add column bank_details text not null default ''`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.billing_settings drop column bank_details');
}
