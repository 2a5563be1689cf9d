import type { Knex } from 'knex';

const TABLES = ['users', 'companies'];

/** The folded address. Searches find its beginning. */
export async function up(knex: Knex): Promise<void> {
  for (const table of TABLES) {
    await knex.raw(`alter table app.${table} add column address_norm text collate "C"`);
    // No version before writes addresses.
    await knex.raw(`update app.${table} set address_norm = lower(address) where address is not null`);
    await knex.raw(`
      alter table app.${table}
        add constraint ${table}_address_norm check ((address is null) = (address_norm is null))
    `);
    await knex.raw(
      `create index ${table}_address on app.${table} (tenant_id, address_norm, id) where address_norm is not null`,
    );
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const table of TABLES) await knex.raw(`alter table app.${table} drop column address_norm`);
}
