import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.import_mappings (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      kind text collate "C" not null check (kind in ('users', 'companies', 'units', 'rentals', 'balances')),
      name text not null,
      name_norm text collate "C" not null,
      -- The headings of the file that it was saved for.
      header text[] not null,
      -- As in imports: for each heading the name of the column, or null.
      mapping jsonb not null,
      options jsonb not null default '{}',
      created_by uuid,
      created_at timestamptz not null default now(),
      primary key (tenant_id, id)
    )`);
  await knex.raw(
    'create unique index import_mappings_name on app.import_mappings (tenant_id, kind, name_norm)',
  );
  await knex.raw(`select app.isolate_by_tenant('app.import_mappings')`);
  await knex.raw(
    'alter table app.import_mappings add foreign key (tenant_id, created_by) references app.users (tenant_id, id)',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.import_mappings');
}
