import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table app.users
      -- Staff who are emailed about documents that customers send.
      add column alerts_of_documents boolean not null default false
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.users drop column alerts_of_documents');
}
