import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.tasks (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      kind text collate "C" not null,
      input jsonb not null,
      state text collate "C" not null default 'queued'
        check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
      done int not null default 0,
      -- Null until it is known.
      total int,
      -- Where the next batch begins.
      cursor jsonb,
      result jsonb,
      error text collate "C",
      -- Claims since the last batch that made progress.
      attempts int not null default 0,
      -- The end of the lease while a worker runs the task; null once it has finished.
      due_at timestamptz default now(),
      -- Null for a task that was started on the command line.
      requested_by uuid,
      created_at timestamptz not null default now(),
      started_at timestamptz,
      finished_at timestamptz,
      primary key (tenant_id, id)
    ) with (autovacuum_vacuum_scale_factor = 0.01)`);
  // The few unfinished tasks: the worker also scans it for the tenants with due tasks.
  await knex.raw('create index tasks_due on app.tasks (tenant_id, due_at) where due_at is not null');
  await knex.raw(
    'create index tasks_requester on app.tasks (tenant_id, requested_by, id) where requested_by is not null',
  );
  await knex.raw(`select app.isolate_by_tenant('app.tasks')`);
  await knex.raw(
    'alter table app.tasks add foreign key (tenant_id, requested_by) references app.users (tenant_id, id)',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.tasks');
}
