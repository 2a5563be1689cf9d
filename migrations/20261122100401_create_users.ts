import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.users (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      audience text collate "C" not null check (audience in ('customer', 'staff')),
      status text not null default 'enabled' check (status in ('enabled', 'disabled')),
      -- Expired is not stored: it is invited or opened with access_expires_at in the past.
      access text collate "C" not null default 'no_access'
        check (access in ('no_access', 'invited', 'opened', 'bounced', 'active', 'revoked')),
      access_expires_at timestamptz,
      -- Created outside a company, so they also act for themselves. Never changes.
      is_private_customer boolean not null default false check (audience = 'customer' or not is_private_customer),
      email text not null,
      email_norm text collate "C" not null,
      pending_email text,
      email_verified_at timestamptz,
      -- The password was set through a mailed link, so the next login verifies the address.
      is_email_proven boolean not null default false,
      first_name text,
      last_name text,
      name text not null default '',
      -- The normalised name, or the address if the name is empty.
      name_norm text collate "C" not null,
      phone text,
      search_text text collate "C" not null,
      locale text,
      time_zone text,
      password_hash text,
      password_changed_at timestamptz,
      last_login_at timestamptz,
      version int not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (tenant_id, id)
    )
  `);
  await knex.raw('create unique index users_email on app.users (tenant_id, audience, email_norm)');
  await knex.raw('create index users_name on app.users (tenant_id, audience, name_norm, id)');
  await knex.raw('create index users_newest on app.users (tenant_id, audience, id)');
  await knex.raw(
    'create index users_search on app.users using gin (tenant_id, search_text app.gin_trgm_ops)',
  );
  await knex.raw(`
    -- Partial, because most users are active, verified and enabled.
    create index users_not_active on app.users (tenant_id, audience, id) where access <> 'active'
  `);
  await knex.raw(
    `create index users_access on app.users (tenant_id, audience, access, id, access_expires_at) where access <> 'active'`,
  );
  await knex.raw(
    'create index users_not_verified on app.users (tenant_id, audience, id) where email_verified_at is null',
  );
  await knex.raw(
    `create index users_disabled on app.users (tenant_id, audience, id) where status = 'disabled'`,
  );
  await knex.raw(`select app.isolate_by_tenant('app.users')`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.users');
}
