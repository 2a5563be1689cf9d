import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.imports (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      kind text collate "C" not null check (kind in ('users', 'companies', 'units', 'rentals', 'balances')),
      state text collate "C" not null default 'uploaded' check (state in (
        'uploaded', 'checking', 'checked', 'importing', 'imported', 'cancelled', 'failed', 'undoing', 'undone')),
      mode text collate "C" not null check (mode in ('create', 'update', 'both')),
      -- The column by which stored rows are found, as in the kind: 'email', 'code', 'id' …
      key text collate "C",
      is_all_or_nothing boolean not null default false,
      file_id uuid not null,
      file_name text not null,
      byte_count bigint not null,
      encoding text collate "C" not null
        check (encoding in ('utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'iso-8859-1')),
      delimiter text not null check (delimiter in (',', ';', E'\\t')),
      -- The headings of the file.
      header text[] not null,
      -- The name of the kind's column for each heading, or null for one that is not imported. Null until it is confirmed.
      mapping jsonb,
      -- The order of day and month, decimal comma and so on, chosen on the page that matches the columns.
      options jsonb not null default '{}',
      -- Numbers of rows by verdict or result.
      counts jsonb not null default '{}',
      -- Why it failed.
      error text collate "C",
      -- The task that works on it, or that worked on it last.
      task_id uuid,
      -- Null for an import of the command line.
      requested_by uuid,
      created_at timestamptz not null default now(),
      imported_at timestamptz,
      version int not null default 1,
      primary key (tenant_id, id)
    )`);
  await knex.raw(`select app.isolate_by_tenant('app.imports')`);
  await knex.raw(
    'alter table app.imports add foreign key (tenant_id, file_id) references app.files (tenant_id, id)',
  );
  await knex.raw(
    'alter table app.imports add foreign key (tenant_id, task_id) references app.tasks (tenant_id, id)',
  );
  await knex.raw(
    'alter table app.imports add foreign key (tenant_id, requested_by) references app.users (tenant_id, id)',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.imports');
}
