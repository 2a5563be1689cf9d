import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.platform_operators (
      id uuid primary key,
      email text not null,
      email_norm text collate "C" not null unique,
      password_hash text,
      status text not null default 'enabled' check (status in ('enabled', 'disabled')),
      -- Sessions that began earlier are invalid.
      sessions_valid_from timestamptz not null default now(),
      last_login_at timestamptz,
      created_at timestamptz not null default now()
    )
  `);
  await knex.raw(`
    create table app.platform_sessions (
      sid text collate "C" primary key,
      sess json not null,
      expire timestamptz not null
    )
  `);
  await knex.raw('create index platform_sessions_expire on app.platform_sessions (expire)');
  await knex.raw(`
    create table app.platform_events (
      id uuid primary key,
      at timestamptz not null default now(),
      event text not null,
      operator_id uuid references app.platform_operators (id),
      operator_name text not null,
      tenant_id uuid,
      outcome text not null default 'success' check (outcome in ('success', 'failure')),
      changes jsonb not null default '{}',
      ip text,
      user_agent text,
      request_id text
    )
  `);
  await knex.raw('create index platform_events_at on app.platform_events (at)');
  await knex.raw(
    'grant select, insert, update, delete on app.platform_operators, app.platform_sessions to app_platform',
  );
  await knex.raw('grant select, insert on app.platform_events to app_platform');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.platform_events');
  await knex.raw('drop table app.platform_sessions');
  await knex.raw('drop table app.platform_operators');
}
