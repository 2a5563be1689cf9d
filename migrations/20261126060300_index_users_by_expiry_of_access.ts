import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Under row level security an index is not searched by "coalesce", but by "case".
    create index users_access_expiry on app.users (
      tenant_id, audience, access, id,
      (case when access_expires_at is null then 'infinity' else access_expires_at end)
    ) where access <> 'active'
  `);
  await knex.raw('drop index app.users_access');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    `create index users_access on app.users (tenant_id, audience, access, id, access_expires_at) where access <> 'active'`,
  );
  await knex.raw('drop index app.users_access_expiry');
}
