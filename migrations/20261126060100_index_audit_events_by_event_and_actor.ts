import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  // A partitioned table allows no "concurrently".
  await knex.raw(
    'create index audit_events_event_actor on app.audit_events (tenant_id, event, actor_id, at)',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index app.audit_events_event_actor');
}
