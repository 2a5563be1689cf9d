import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Without a tenant, because it is written before the user is known. The key is an HMAC, never an address.
    create table app.throttle_counters (
      key text collate "C" primary key,
      count int not null,
      last_at timestamptz not null,
      expires_at timestamptz not null
    )
  `);
  await knex.raw('create index throttle_counters_expires on app.throttle_counters (expires_at)');
  await knex.raw('grant select, insert, update, delete on app.throttle_counters to app_rw, app_platform');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.throttle_counters');
}
