import type { Knex } from 'knex';

/** Only customers, who then have a name and no password. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table app.users
      alter column email drop not null,
      alter column email_norm drop not null,
      add constraint users_email_norm_with_email check ((email is null) = (email_norm is null)),
      add constraint users_email_of_staff check (email is not null or audience = 'customer'),
      add constraint users_name_or_email check (email is not null or name <> ''),
      add constraint users_login_by_email check (email is not null or password_hash is null)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table app.users
      drop constraint users_login_by_email,
      drop constraint users_name_or_email,
      drop constraint users_email_of_staff,
      drop constraint users_email_norm_with_email,
      alter column email_norm set not null,
      alter column email set not null
  `);
}
