import type { Knex } from 'knex';

const PURPOSES = ['invitation', 'set_password', 'reset_password', 'verify_email', 'change_email'];

export async function up(knex: Knex): Promise<void> {
  await replaceCheck(knex, [...PURPOSES, 'activation_code']);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`delete from app.one_time_tokens where purpose = 'activation_code'`);
  await replaceCheck(knex, PURPOSES);
}

async function replaceCheck(knex: Knex, purposes: readonly string[]): Promise<void> {
  const list = purposes.map((purpose) => `'${purpose}'`).join(', ');
  await knex.raw(`
    alter table app.one_time_tokens
      drop constraint one_time_tokens_purpose_check,
      add constraint one_time_tokens_purpose_check check (purpose in (${list}))
  `);
}
