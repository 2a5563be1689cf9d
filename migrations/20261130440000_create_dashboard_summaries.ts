import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.dashboard_summaries (
      tenant_id uuid not null references app.tenants (id),
      -- Both are null until the first refresh has ended. The figures are those of the time.
      figures jsonb,
      refreshed_at timestamptz,
      -- Of the last refresh. Those who press the button together start one.
      started_at timestamptz not null,
      primary key (tenant_id)
    )
  `);
  await knex.raw(`select app.isolate_by_tenant('app.dashboard_summaries')`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.dashboard_summaries');
}
