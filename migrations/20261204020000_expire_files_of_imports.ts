import type { Knex } from 'knex';

/** The file of an import is deleted when it expires; the import stays. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table app.imports alter column file_id drop not null');
  await knex.raw('create index imports_file on app.imports (tenant_id, file_id) where file_id is not null');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index app.imports_file');
}
