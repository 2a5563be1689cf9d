import type { Knex } from 'knex';

/** Files of a user or a company, from staff or from the customer. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.documents (
      tenant_id uuid not null,
      id uuid not null,
      user_id uuid,
      company_id uuid,
      file_id uuid not null,
      title text,
      -- Of the file.
      name text not null,
      type text collate "C" not null,
      byte_count int not null check (byte_count > 0),
      is_visible_to_customer boolean not null default false,
      -- Sent by a customer, who must not read it back.
      is_confidential boolean not null default false,
      uploaded_by uuid not null,
      created_at timestamptz not null default now(),
      version int not null default 1,
      primary key (tenant_id, id),
      unique (tenant_id, file_id),
      check ((user_id is null) <> (company_id is null)),
      check (not (is_confidential and is_visible_to_customer))
    )
  `);
  await knex.raw(
    'create index documents_user on app.documents (tenant_id, user_id, id) where user_id is not null',
  );
  await knex.raw(
    'create index documents_company on app.documents (tenant_id, company_id, id) where company_id is not null',
  );
  await knex.raw(`select app.isolate_by_tenant('app.documents')`);
  for (const [column, table] of [
    ['user_id', 'users'],
    ['company_id', 'companies'],
    ['file_id', 'files'],
    ['uploaded_by', 'users'],
  ])
    await knex.raw(
      `alter table app.documents add foreign key (tenant_id, ${column}) references app.${table} (tenant_id, id)`,
    );
  await knex.raw(`
    -- How many bytes the documents of a tenant have. An upload locks the row, so that two cannot exceed the limit.
    create table app.document_storage (
      tenant_id uuid primary key references app.tenants (id),
      byte_count bigint not null check (byte_count >= 0)
    )
  `);
  await knex.raw(`select app.isolate_by_tenant('app.document_storage')`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.document_storage');
  await knex.raw('drop table app.documents');
}
