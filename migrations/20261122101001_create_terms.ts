import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.terms_versions (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      number int not null,
      body text not null,
      published_at timestamptz not null default now(),
      published_by uuid,
      primary key (tenant_id, id)
    )
  `);
  await knex.raw('create unique index terms_versions_number on app.terms_versions (tenant_id, number)');
  await knex.raw(`select app.isolate_by_tenant('app.terms_versions', 'select, insert')`);
  await knex.raw(`
    create table app.terms_acceptances (
      tenant_id uuid not null,
      user_id uuid not null,
      terms_version_id uuid not null,
      accepted_at timestamptz not null default now(),
      ip text,
      user_agent text,
      primary key (tenant_id, user_id, terms_version_id)
    )
  `);
  await knex.raw(`select app.isolate_by_tenant('app.terms_acceptances', 'select, insert')`);
  await knex.raw(`
    alter table app.terms_acceptances
      add foreign key (tenant_id, user_id) references app.users (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.terms_acceptances
      add foreign key (tenant_id, terms_version_id) references app.terms_versions (tenant_id, id)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.terms_acceptances');
  await knex.raw('drop table app.terms_versions');
}
