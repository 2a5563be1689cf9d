import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index payments_out on app.payments (tenant_id, received_on desc, id desc) where direction = 'out'
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index app.payments_out');
}
