import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  // The cells are in the file only. A result is stored in the same page as its row.
  await knex.raw(`
    create table app.import_rows (
      tenant_id uuid not null,
      import_id uuid not null,
      -- Of the file.
      line int not null,
      verdict text collate "C" not null check (verdict in ('create', 'update', 'unchanged', 'error')),
      -- 'created', 'updated', 'failed', 'undone' or 'skipped'.
      result text collate "C",
      -- What identifies the record, and the part of it that the row adds. Null in a row with errors.
      key_norm text collate "C",
      part_norm text collate "C",
      -- By which a later row of the same record is compared.
      detail_hashes text collate "C",
      -- Of a record to create, the id that it will have.
      target_id uuid,
      target_name text not null,
      -- As checked, and after the import as written.
      target_version int,
      -- Field to [before, after], secrets masked.
      changes jsonb not null default '{}',
      errors jsonb not null default '[]',
      -- What undoing it needs.
      undo jsonb,
      primary key (tenant_id, import_id, line)
    ) with (fillfactor = 80)`);
  await knex.raw(`
    create index import_rows_key on app.import_rows (tenant_id, import_id, key_norm) where key_norm is not null`);
  await knex.raw('create index import_rows_verdict on app.import_rows (tenant_id, import_id, verdict, line)');
  await knex.raw(`
    create index import_rows_target on app.import_rows (tenant_id, target_id, import_id) where target_id is not null`);
  await knex.raw(`select app.isolate_by_tenant('app.import_rows')`);
  await knex.raw(`
    alter table app.import_rows
      add foreign key (tenant_id, import_id) references app.imports (tenant_id, id) on delete cascade`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.import_rows');
}
