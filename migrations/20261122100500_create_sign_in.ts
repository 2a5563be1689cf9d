import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- The store of express-session. Without a tenant: read before anybody is known. sid is a SHA-256.
    create table app.sessions (
      sid text collate "C" primary key,
      sess json not null,
      expire timestamptz not null
    );
    create index sessions_expire on app.sessions (expire);
    grant select, insert, update, delete on app.sessions to app_rw, app_platform;

    -- What a session of a signed-in person is worth: checked on every request, revoked and never revived.
    create table app.login_sessions (
      tenant_id uuid not null,
      id uuid not null,
      sid_hash text collate "C" not null,
      user_id uuid not null,
      audience text collate "C" not null check (audience in ('customer', 'staff')),
      is_remembered boolean not null default false,
      -- the terms in force were not yet agreed to at sign-in
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

    create table app.one_time_tokens (
      tenant_id uuid not null,
      token_hash bytea not null,
      user_id uuid not null,
      purpose text collate "C" not null
        check (purpose in ('invitation', 'set_password', 'reset_password', 'verify_email', 'change_email')),
      -- normalised address the token was sent to; a token is dead once the person's differs
      sent_to text collate "C" not null,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      used_at timestamptz,
      revoked_at timestamptz,
      primary key (tenant_id, token_hash),
      foreign key (tenant_id, user_id) references app.users (tenant_id, id) on delete cascade
    );
    create index one_time_tokens_user on app.one_time_tokens (tenant_id, user_id, purpose);
    select app.isolate_by_tenant('app.one_time_tokens');

    -- Counted before anybody is known, so without a tenant. The key is an HMAC, never an address.
    create table app.throttle_counters (
      key text collate "C" primary key,
      count int not null,
      last_at timestamptz not null,
      expires_at timestamptz not null
    );
    create index throttle_counters_expires on app.throttle_counters (expires_at);
    grant select, insert, update, delete on app.throttle_counters to app_rw, app_platform;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table app.throttle_counters;
    drop table app.one_time_tokens;
    drop table app.login_sessions;
    drop table app.sessions;
  `);
}
