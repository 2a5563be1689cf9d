import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.tenants (
      id uuid primary key,
      slug text collate "C" not null unique,
      name text not null,
      status text not null default 'active' check (status in ('active', 'suspended')),
      -- A verified domain of the tenant; null for the host under PORTAL_DOMAIN.
      primary_host text collate "C",
      -- Makes the foreign key below refuse domains that are not verified.
      is_primary_host_verified boolean not null generated always as (true) stored,
      locale text not null default 'en',
      time_zone text not null default 'UTC',
      currency text not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
      brand jsonb not null default '{}',
      reply_to text,
      password_min_length int not null default 12 check (password_min_length between 8 and 64),
      version int not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )
  `);
  await knex.raw(`
    create table app.tenant_domains (
      host text collate "C" primary key check (host ~ '^[a-z0-9.-]*[a-z0-9-]$'),
      tenant_id uuid not null references app.tenants (id),
      verified_at timestamptz,
      is_verified boolean not null generated always as (verified_at is not null) stored,
      created_at timestamptz not null default now(),
      unique (tenant_id, host, is_verified)
    )
  `);
  // Citus copies them to every node.
  await knex.raw(`
    do $body$ begin
      if exists (select from pg_extension where extname = 'citus') then
        perform create_reference_table('app.tenants');
        perform create_reference_table('app.tenant_domains');
      end if;
    end $body$
  `);
  await knex.raw(`
    alter table app.tenants add constraint tenants_primary_host
      foreign key (id, primary_host, is_primary_host_verified)
      references app.tenant_domains (tenant_id, host, is_verified)
  `);
  await knex.raw('grant select on app.tenants, app.tenant_domains to app_rw');
  await knex.raw('grant select, insert, update, delete on app.tenants, app.tenant_domains to app_platform');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.tenants drop constraint tenants_primary_host');
  await knex.raw('drop table app.tenant_domains');
  await knex.raw('drop table app.tenants');
}
