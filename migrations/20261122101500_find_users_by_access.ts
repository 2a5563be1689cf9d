import type { Knex } from 'knex';

// Those of one state among all who are not active; the end of their invitation is looked at in the index, too.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table app.users alter column access type text collate "C";
    create index users_access on app.users (tenant_id, audience, access, id, access_expires_at)
      where access <> 'active';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index app.users_access;
    alter table app.users alter column access type text collate "default";
  `);
}
