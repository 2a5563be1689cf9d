import type { Knex } from 'knex';

/** Links that a person asked for are sent before the invitations of the same tenant. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table app.emails add column is_urgent boolean not null default false');
  await knex.raw(`
    create index emails_urgent_due on app.emails (tenant_id, is_urgent desc, due_at) where due_at is not null
  `);
  await knex.raw('drop index app.emails_due');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('create index emails_due on app.emails (tenant_id, due_at) where due_at is not null');
  await knex.raw('drop index app.emails_urgent_due');
  await knex.raw('alter table app.emails drop column is_urgent');
}
