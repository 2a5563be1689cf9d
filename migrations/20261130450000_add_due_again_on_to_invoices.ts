import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  // The day on which staff rejected a dispute: late fees, overdue, lock-outs and reminders count from it too.
  await knex.raw('alter table app.invoices add column due_again_on date');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.invoices drop column due_again_on');
}
