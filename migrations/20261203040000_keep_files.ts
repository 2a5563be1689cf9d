import type { Knex } from 'knex';

/** A file of a custom field is kept until it is replaced or removed. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table app.files alter column expires_at drop not null');
  await knex.raw('alter table app.files drop constraint files_check');
  await knex.raw(`
    alter table app.files
      add constraint files_check check (task_id is null or (position is null) = (byte_count is null))
  `);
}

/** The next purge deletes the files that were kept. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw('update app.files set expires_at = now() where expires_at is null');
  await knex.raw('update app.files set byte_count = null where position is null');
  await knex.raw('alter table app.files drop constraint files_check');
  await knex.raw(`
    alter table app.files add constraint files_check check ((position is null) = (byte_count is null))
  `);
  await knex.raw('alter table app.files alter column expires_at set not null');
}
