import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- The next human-readable number of each kind, locked until the end of the transaction that uses it.
    create table app.counters (
      tenant_id uuid not null references app.tenants (id),
      kind text collate "C" not null,
      next bigint not null default 1,
      primary key (tenant_id, kind)
    )
  `);
  await knex.raw(`select app.isolate_by_tenant('app.counters')`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.counters');
}
