import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.agreement_versions (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      locale text collate "C" not null,
      number int not null,
      body text not null,
      published_at timestamptz not null default now(),
      published_by uuid,
      primary key (tenant_id, id)
    )
  `);
  await knex.raw(`
    create unique index agreement_versions_number on app.agreement_versions (tenant_id, locale, number)
  `);
  await knex.raw(`select app.isolate_by_tenant('app.agreement_versions', 'select, insert')`);
  await knex.raw(`
    alter table app.agreement_versions add foreign key (tenant_id, published_by) references app.users (tenant_id, id)
  `);
  await knex.raw(`
    create table app.agreements (
      tenant_id uuid not null references app.tenants (id),
      id uuid not null,
      rental_id uuid not null,
      agreement_version_id uuid not null,
      -- The text as it was signed, with the values of the rental.
      body text not null,
      body_sha256 bytea not null,
      signed_name text not null,
      signed_by uuid not null,
      signed_at timestamptz not null default now(),
      ip text,
      user_agent text,
      primary key (tenant_id, id)
    )
  `);
  await knex.raw('create unique index agreements_rental on app.agreements (tenant_id, rental_id)');
  await knex.raw(`select app.isolate_by_tenant('app.agreements', 'select, insert')`);
  await knex.raw(`
    alter table app.agreements add foreign key (tenant_id, rental_id) references app.rentals (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.agreements add foreign key (tenant_id, agreement_version_id) references app.agreement_versions (tenant_id, id)
  `);
  await knex.raw(`
    alter table app.agreements add foreign key (tenant_id, signed_by) references app.users (tenant_id, id)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.agreements');
  await knex.raw('drop table app.agreement_versions');
}
