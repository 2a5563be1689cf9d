import type { Knex } from 'knex';

/** Partial, because most companies are active. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    `create index companies_not_active on app.companies (tenant_id, name_norm, id) where status <> 'active'`,
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index app.companies_not_active');
}
