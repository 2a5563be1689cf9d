import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.saved_views (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      list text collate "C" not null,
      owner_id uuid not null,
      name text not null,
      name_norm text collate "C" not null,
      -- Of the address of the list: filters, search, columns, order and page size.
      query text not null,
      is_shared boolean not null default false,
      version int not null default 1,
      -- At most one more than the limit of the count. Null until the first count, and when it failed.
      row_count int,
      counted_at timestamptz,
      -- Only views that were shown since the last count are counted again.
      shown_at timestamptz not null default now(),
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (tenant_id, id)
    )`);
  await knex.raw(
    'create unique index saved_views_name on app.saved_views (tenant_id, owner_id, list, name_norm)',
  );
  await knex.raw('create index saved_views_list on app.saved_views (tenant_id, list, name_norm)');
  await knex.raw(`select app.isolate_by_tenant('app.saved_views')`);
  await knex.raw(
    'alter table app.saved_views add foreign key (tenant_id, owner_id) references app.users (tenant_id, id)',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.saved_views');
}
