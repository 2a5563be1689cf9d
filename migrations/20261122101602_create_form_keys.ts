import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- No foreign keys: their row locks would be taken before those of the action, in another order.
    create table app.form_keys (
      tenant_id uuid not null,
      user_id uuid not null,
      kind text collate "C" not null,
      key_hash bytea not null,
      values_hash bytea not null,
      -- Null only inside the transaction of the first submission.
      location text,
      created_at timestamptz not null default now(),
      primary key (tenant_id, user_id, kind, key_hash)
    )
  `);
  await knex.raw(`select app.isolate_by_tenant('app.form_keys')`);
  await knex.raw(`
    create table app.platform_form_keys (
      operator_id uuid not null,
      kind text collate "C" not null,
      key_hash bytea not null,
      values_hash bytea not null,
      location text,
      created_at timestamptz not null default now(),
      primary key (operator_id, kind, key_hash)
    )
  `);
  await knex.raw('grant select, insert, update, delete on app.platform_form_keys to app_platform');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.platform_form_keys');
  await knex.raw('drop table app.form_keys');
}
