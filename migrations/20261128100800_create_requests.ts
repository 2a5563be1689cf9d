import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.requests (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      kind text collate "C" not null check (kind in ('move_out', 'transfer', 'name_change')),
      user_id uuid not null,
      rental_id uuid,
      wanted_on date,
      -- Of a transfer: a unit or any unit of a type.
      to_unit_id uuid,
      to_unit_type_id uuid,
      -- Of a change of name.
      first_name text,
      last_name text,
      comment text,
      -- What the page has shown: to be paid if positive, to be returned if negative.
      shown_cents bigint,
      status text collate "C" not null default 'requested'
        check (status in ('requested', 'approved', 'declined', 'withdrawn', 'completed', 'cancelled')),
      decided_by uuid,
      decided_at timestamptz,
      reason text,
      version int not null default 1,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id),
      check ((kind = 'name_change') = (rental_id is null))
    )
  `);
  await knex.raw(`
    create unique index requests_open on app.requests (tenant_id, rental_id) where status in ('requested', 'approved')
  `);
  await knex.raw(`
    create unique index requests_name_change on app.requests (tenant_id, user_id) where kind = 'name_change' and status = 'requested'
  `);
  await knex.raw('create index requests_status on app.requests (tenant_id, status, id)');
  await knex.raw('create index requests_rental on app.requests (tenant_id, rental_id, id)');
  await knex.raw('create index requests_user on app.requests (tenant_id, user_id, id)');
  await knex.raw(`select app.isolate_by_tenant('app.requests')`);
  await knex.raw(`
    alter table app.requests add foreign key (tenant_id, user_id) references app.users (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.requests add foreign key (tenant_id, rental_id) references app.rentals (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.requests add foreign key (tenant_id, to_unit_id) references app.units (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.requests add foreign key (tenant_id, to_unit_type_id) references app.unit_types (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.requests add foreign key (tenant_id, decided_by) references app.users (tenant_id, id)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.requests');
}
