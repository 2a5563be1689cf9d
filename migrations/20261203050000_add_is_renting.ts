import type { Knex } from 'knex';

/** A schedule sets it for the rows that exist. */
export async function up(knex: Knex): Promise<void> {
  for (const table of ['users', 'companies'])
    await knex.raw(`alter table app.${table} add column is_renting boolean not null default false`);
  for (const [name, order] of [
    ['users_renting', 'id'],
    ['users_renting_name', 'name_norm, id'],
  ])
    await knex.raw(
      `create index ${name} on app.users (tenant_id, audience, ${order}) where is_renting and status = 'enabled'`,
    );
  for (const [name, order] of [
    ['users_inactive', 'id'],
    ['users_inactive_name', 'name_norm, id'],
  ])
    await knex.raw(
      `create index ${name} on app.users (tenant_id, audience, ${order}) where not is_renting and status = 'enabled'`,
    );
  await knex.raw(
    'create index companies_renting on app.companies (tenant_id, name_norm, id) where is_renting',
  );
  await knex.raw(
    'create index companies_not_renting on app.companies (tenant_id, name_norm, id) where not is_renting',
  );
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['users', 'companies'])
    await knex.raw(`alter table app.${table} drop column is_renting`);
}
