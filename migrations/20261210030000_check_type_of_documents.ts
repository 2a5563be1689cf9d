import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table app.documents add constraint documents_type_check
      check (type in ('pdf', 'png', 'jpeg', 'gif', 'webp', 'docx', 'xlsx', 'odt', 'ods', 'text')) not valid
  `);
  await knex.raw('alter table app.documents validate constraint documents_type_check');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.documents drop constraint documents_type_check');
}
