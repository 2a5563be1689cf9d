import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table app.users
      -- Staff who are emailed about comments on invoices, and about requests of customers.
      add column alerts_of_comments boolean not null default false,
      add column alerts_of_requests boolean not null default false
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.users drop column alerts_of_comments, drop column alerts_of_requests');
}
