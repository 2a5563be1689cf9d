import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Outbox and log in one table. due_at is null when there is no further attempt.
    create table app.emails (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      template text collate "C" not null,
      -- Null until the worker looks up the address, and if no user has it.
      user_id uuid,
      audience text collate "C" not null check (audience in ('customer', 'staff')),
      to_address text collate "C" not null,
      variables jsonb not null default '{}',
      state text collate "C" not null default 'queued'
        check (state in ('queued', 'deferred', 'accepted', 'delivered', 'bounced', 'failed', 'suppressed', 'expired')),
      reason text,
      attempts int not null default 0,
      due_at timestamptz default now(),
      message_id text not null,
      -- The encrypted token of the link, for sending the same link at a retry.
      sealed_token bytea,
      token_expires_at timestamptz,
      -- The sent content with masked links.
      subject text,
      text text,
      html text,
      requested_by uuid,
      resent_from uuid,
      created_at timestamptz not null default now(),
      last_attempt_at timestamptz,
      accepted_at timestamptz,
      primary key (tenant_id, id)
    ) with (autovacuum_vacuum_scale_factor = 0.01)
  `);
  await knex.raw('create index emails_due on app.emails (tenant_id, due_at) where due_at is not null');
  await knex.raw('create index outbox_due on app.emails (due_at, tenant_id) where due_at is not null');
  await knex.raw('create index emails_user on app.emails (tenant_id, user_id, id)');
  await knex.raw('create index emails_address on app.emails (tenant_id, to_address, id)');
  await knex.raw('create index emails_state on app.emails (tenant_id, state, id)');
  await knex.raw(`select app.isolate_by_tenant('app.emails')`);
  await knex.raw(`
    alter table app.emails
      add foreign key (tenant_id, user_id) references app.users (tenant_id, id)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.emails');
}
