import type { Knex } from 'knex';

const INDEXES = {
  payments_channel: 'payments (tenant_id, channel, received_on, id)',
  rentals_locked_out: 'rentals (tenant_id, id) where locked_out_at is not null',
  requests_kind: 'requests (tenant_id, kind, id)',
  requests_wanted: 'requests (tenant_id, wanted_on, id) where wanted_on is not null',
};

export async function up(knex: Knex): Promise<void> {
  for (const [name, columns] of Object.entries(INDEXES))
    await knex.raw(`create index ${name} on app.${columns}`);
}

export async function down(knex: Knex): Promise<void> {
  for (const name of Object.keys(INDEXES)) await knex.raw(`drop index app.${name}`);
}
