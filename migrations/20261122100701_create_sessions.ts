import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- The store of express-session. sid is a SHA-256 hash.
    create table app.sessions (
      tenant_id uuid not null,
      sid text collate "C" not null,
      sess jsonb not null,
      expire timestamptz not null,
      primary key (tenant_id, sid)
    )`);
  await knex.raw('create index sessions_expire on app.sessions (tenant_id, expire)');
  await knex.raw(`select app.isolate_by_tenant('app.sessions')`);

  await knex.raw(`
    -- Checked on every request. revoked_at is never reset.
    create table app.login_sessions (
      tenant_id uuid not null,
      id uuid not null,
      sid_hash text collate "C" not null,
      user_id uuid not null,
      audience text collate "C" not null check (audience in ('customer', 'staff')),
      method text collate "C" not null check (method in ('password', 'invitation')),
      is_remembered boolean not null default false,
      -- What the user still has to do. No check: an older version refuses the names that it does not know.
      pending text[] not null default '{}',
      created_at timestamptz not null default now(),
      last_seen_at timestamptz not null default now(),
      idle_seconds int not null,
      expires_at timestamptz not null,
      revoked_at timestamptz,
      ip text,
      user_agent text,
      primary key (tenant_id, id)
    ) with (fillfactor = 80)`);
  await knex.raw('create unique index login_sessions_sid on app.login_sessions (tenant_id, sid_hash)');
  await knex.raw('create index login_sessions_user on app.login_sessions (tenant_id, user_id, id)');
  await knex.raw(`select app.isolate_by_tenant('app.login_sessions')`);
  await knex.raw(`
    alter table app.login_sessions
      add foreign key (tenant_id, user_id) references app.users (tenant_id, id) on delete cascade`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.login_sessions');
  await knex.raw('drop table app.sessions');
}
