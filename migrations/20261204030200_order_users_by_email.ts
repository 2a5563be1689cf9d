import type { Knex } from 'knex';

/** The address, or a text after all addresses. A backfill fills it for existing users. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`alter table app.users add column email_order text collate "C" not null default '~'`);
  await knex.raw('create index users_email_order on app.users (tenant_id, audience, email_order, id)');
  await knex.raw(
    'create index users_without_email on app.users (tenant_id, audience, id) where email is null',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index app.users_without_email');
  await knex.raw('alter table app.users drop column email_order');
}
