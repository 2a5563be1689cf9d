import type { Knex } from 'knex';

/** What staff write about a user or a company. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.notes (
      tenant_id uuid not null,
      id uuid not null,
      user_id uuid,
      company_id uuid,
      -- Markdown.
      text text not null,
      is_pinned boolean not null default false,
      author_id uuid not null,
      created_at timestamptz not null default now(),
      edited_by uuid,
      edited_at timestamptz,
      version int not null default 1,
      primary key (tenant_id, id),
      check ((user_id is null) <> (company_id is null)),
      check ((edited_by is null) = (edited_at is null))
    )
  `);
  await knex.raw('create index notes_user on app.notes (tenant_id, user_id, id) where user_id is not null');
  await knex.raw(
    'create index notes_company on app.notes (tenant_id, company_id, id) where company_id is not null',
  );
  await knex.raw(`select app.isolate_by_tenant('app.notes')`);
  for (const [column, table] of [
    ['user_id', 'users'],
    ['company_id', 'companies'],
    ['author_id', 'users'],
    ['edited_by', 'users'],
  ])
    await knex.raw(
      `alter table app.notes add foreign key (tenant_id, ${column}) references app.${table} (tenant_id, id)`,
    );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.notes');
}
