import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table app.emails
      -- The company for which the email is sent. Generated, because a condition on a value within JSON cannot use an index.
      add column company_id text collate "C" generated always as (variables ->> 'company_id') stored
  `);
  await knex.raw(
    'create index emails_company on app.emails (tenant_id, company_id, id) where company_id is not null',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.emails drop column company_id');
}
