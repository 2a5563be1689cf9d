import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index billing_accounts_credit on app.billing_accounts (tenant_id, credit_cents, id)
      where credit_cents > 0
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index app.billing_accounts_credit');
}
