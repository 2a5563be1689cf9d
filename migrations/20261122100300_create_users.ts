import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.users (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      audience text collate "C" not null check (audience in ('customer', 'staff')),
      status text not null default 'enabled' check (status in ('enabled', 'disabled')),
      -- 'Expired' is read, not stored: invited or opened, and access_expires_at has passed
      access text not null default 'no_access'
        check (access in ('no_access', 'invited', 'opened', 'bounced', 'active', 'revoked')),
      access_expires_at timestamptz,
      email text not null,
      email_norm text collate "C" not null,
      pending_email text,
      email_verified_at timestamptz,
      -- the email counts as verified at the first sign-in after a mailed link set the password
      is_email_proven boolean not null default false,
      first_name text,
      last_name text,
      name text not null default '',
      -- of the name, or of the address while there is none, so that lists sort
      name_norm text collate "C" not null,
      phone text,
      phone_norm text collate "C",
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
    );
    create unique index users_email on app.users (tenant_id, audience, email_norm);
    create index users_name on app.users (tenant_id, audience, name_norm, id);
    create index users_newest on app.users (tenant_id, audience, id);
    create index users_phone on app.users (tenant_id, phone_norm) where phone_norm is not null;
    create index users_search on app.users using gin (tenant_id, search_text app.gin_trgm_ops);
    select app.isolate_by_tenant('app.users');

    create table app.memberships (
      tenant_id uuid not null,
      company_id uuid not null,
      user_id uuid not null,
      created_at timestamptz not null default now(),
      primary key (tenant_id, company_id, user_id),
      foreign key (tenant_id, company_id) references app.companies (tenant_id, id),
      foreign key (tenant_id, user_id) references app.users (tenant_id, id)
    );
    create index memberships_user on app.memberships (tenant_id, user_id, company_id);
    select app.isolate_by_tenant('app.memberships');
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.memberships; drop table app.users;');
}
