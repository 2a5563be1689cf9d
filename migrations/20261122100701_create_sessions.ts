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
    );
    create index sessions_expire on app.sessions (tenant_id, expire);
    select app.isolate_by_tenant('app.sessions');

    -- Checked on every request. revoked_at is never reset.
    create table app.login_sessions (
      tenant_id uuid not null,
      id uuid not null,
      sid_hash text collate "C" not null,
      user_id uuid not null,
      audience text collate "C" not null check (audience in ('customer', 'staff')),
      is_remembered boolean not null default false,
      -- The user has not accepted the terms in force.
      is_terms_pending boolean not null default false,
      created_at timestamptz not null default now(),
      last_seen_at timestamptz not null default now(),
      idle_seconds int not null,
      expires_at timestamptz not null,
      revoked_at timestamptz,
      ip text,
      user_agent text,
      primary key (tenant_id, id),
      foreign key (tenant_id, user_id) references app.users (tenant_id, id) on delete cascade
    ) with (fillfactor = 80);
    create unique index login_sessions_sid on app.login_sessions (tenant_id, sid_hash);
    create index login_sessions_user on app.login_sessions (tenant_id, user_id, id);
    select app.isolate_by_tenant('app.login_sessions');
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.login_sessions; drop table app.sessions;');
}
