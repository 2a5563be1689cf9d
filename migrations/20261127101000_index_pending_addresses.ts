import type { Knex } from 'knex';

/** The mail worker looks up the user whose new address an anonymous user has typed. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table app.users alter column pending_email type text collate "C"');
  await knex.raw(`
    create index users_pending_email on app.users (tenant_id, audience, pending_email, id)
      where pending_email is not null
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index app.users_pending_email');
  await knex.raw('alter table app.users alter column pending_email type text collate "default"');
}
