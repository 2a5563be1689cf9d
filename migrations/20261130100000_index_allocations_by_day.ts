import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw('create index allocations_date on app.allocations (tenant_id, effective_on, id)');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index app.allocations_date');
}
