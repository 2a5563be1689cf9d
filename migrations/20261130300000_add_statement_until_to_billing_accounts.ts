import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table app.billing_accounts
      -- The last day of the last statement that was sent.
      add column statement_until date
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.billing_accounts drop column statement_until');
}
