import type { Knex } from 'knex';

// By the beginning of an address: a range in byte order, which row level security lets an index serve.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table app.emails alter column to_address type text collate "C";
    create index emails_address on app.emails (tenant_id, to_address, id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index app.emails_address;
    alter table app.emails alter column to_address type text collate "default";
  `);
}
