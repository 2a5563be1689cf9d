import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.roles (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      audience text collate "C" not null check (audience in ('customer', 'staff')),
      code text collate "C" not null,
      name text not null,
      description text not null default '',
      is_built_in boolean not null default false,
      position int not null default 0,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id),
      unique (tenant_id, id, is_built_in)
    )
  `);
  await knex.raw('create unique index roles_code on app.roles (tenant_id, audience, code)');
  await knex.raw(`select app.isolate_by_tenant('app.roles')`);
  await knex.raw(`
    -- Custom roles only: the permissions of built-in roles are in the code. is_built_in exists for the foreign key.
    create table app.role_permissions (
      tenant_id uuid not null,
      role_id uuid not null,
      is_built_in boolean not null default false check (not is_built_in),
      permission text collate "C" not null,
      primary key (tenant_id, role_id, permission)
    )
  `);
  await knex.raw(`select app.isolate_by_tenant('app.role_permissions')`);
  await knex.raw(`
    alter table app.role_permissions
      add foreign key (tenant_id, role_id, is_built_in)
        references app.roles (tenant_id, id, is_built_in) on delete cascade
  `);
  await knex.raw(`
    -- company_id is null for staff; for customers it is the company in which the role applies.
    create table app.role_assignments (
      tenant_id uuid not null,
      id uuid not null,
      user_id uuid not null,
      role_id uuid not null,
      company_id uuid,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id)
    )
  `);
  await knex.raw(`
    create unique index role_assignments_once
      on app.role_assignments (tenant_id, user_id, role_id, company_id) nulls not distinct
  `);
  await knex.raw('create index role_assignments_role on app.role_assignments (tenant_id, role_id)');
  await knex.raw(
    'create index role_assignments_membership on app.role_assignments (tenant_id, company_id, user_id)',
  );
  await knex.raw(`select app.isolate_by_tenant('app.role_assignments')`);
  await knex.raw(`
    alter table app.role_assignments
      add foreign key (tenant_id, user_id) references app.users (tenant_id, id) on delete cascade
  `);
  await knex.raw(`
    alter table app.role_assignments
      add foreign key (tenant_id, role_id) references app.roles (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.role_assignments
      add foreign key (tenant_id, company_id, user_id)
        references app.memberships (tenant_id, company_id, user_id) on delete cascade
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.role_assignments');
  await knex.raw('drop table app.role_permissions');
  await knex.raw('drop table app.roles');
}
