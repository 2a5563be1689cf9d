import type { Knex } from 'knex';

/** A task that ends is looked up, and one that is deleted is checked by the foreign key. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('create index imports_task on app.imports (tenant_id, task_id) where task_id is not null');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index app.imports_task');
}
