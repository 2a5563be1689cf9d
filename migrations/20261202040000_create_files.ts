import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.files (
      tenant_id uuid not null references app.tenants (id),
      -- The name of the stored file.
      id uuid not null,
      -- A row exists before its file is written, so that the file of a process that stopped can be found and deleted.
      expires_at timestamptz not null,
      -- The task that wrote the file, and where the file stands among those of the task.
      task_id uuid,
      position int,
      -- Null until the file is complete.
      byte_count int,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id),
      check ((position is null) = (byte_count is null))
    )`);
  await knex.raw(
    'create unique index files_position on app.files (tenant_id, task_id, position) where task_id is not null',
  );
  await knex.raw('create index files_expiry on app.files (tenant_id, expires_at)');
  await knex.raw(`select app.isolate_by_tenant('app.files')`);
  await knex.raw(
    'alter table app.files add foreign key (tenant_id, task_id) references app.tasks (tenant_id, id)',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.files');
}
