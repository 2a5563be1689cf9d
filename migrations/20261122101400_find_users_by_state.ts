import type { Knex } from 'knex';

// The few among the many: most people are active, verified and enabled, and stand in none of these.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index users_not_active on app.users (tenant_id, audience, id) where access <> 'active';
    create index users_not_verified on app.users (tenant_id, audience, id) where email_verified_at is null;
    create index users_disabled on app.users (tenant_id, audience, id) where status = 'disabled';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index app.users_disabled, app.users_not_verified, app.users_not_active;');
}
