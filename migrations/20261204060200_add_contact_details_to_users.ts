import type { Knex } from 'knex';

const COLUMNS = ['phone2', 'alternate_name', 'alternate_phone', 'alternate_email', 'alternate_relation'];

export async function up(knex: Knex): Promise<void> {
  for (const column of COLUMNS) await knex.raw(`alter table app.users add column ${column} text`);
  await knex.raw('alter table app.users add column referral_code text collate "C"');
  await knex.raw('create unique index users_referral_code on app.users (tenant_id, referral_code)');
}

export async function down(knex: Knex): Promise<void> {
  for (const column of [...COLUMNS, 'referral_code'])
    await knex.raw(`alter table app.users drop column ${column}`);
}
