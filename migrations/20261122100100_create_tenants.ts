import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.tenants (
      id uuid primary key,
      slug text collate "C" not null unique,
      name text not null,
      status text not null default 'active' check (status in ('active', 'suspended')),
      -- A verified domain of the tenant; null for the host under PORTAL_DOMAIN.
      primary_host text collate "C" unique,
      locale text not null default 'en',
      time_zone text not null default 'UTC',
      currency text not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
      brand jsonb not null default '{}',
      reply_to text,
      password_min_length int not null default 12 check (password_min_length between 8 and 64),
      version int not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );

    create table app.tenant_domains (
      host text collate "C" primary key,
      tenant_id uuid not null references app.tenants (id),
      verified_at timestamptz,
      created_at timestamptz not null default now()
    );

    grant select on app.tenants, app.tenant_domains to app_rw;
    grant select, insert, update, delete on app.tenants, app.tenant_domains to app_platform;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.tenant_domains; drop table app.tenants;');
}
