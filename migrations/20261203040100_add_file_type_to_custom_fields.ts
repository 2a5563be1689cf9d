import type { Knex } from 'knex';

const TYPES = ['text', 'long_text', 'number', 'date', 'yes_no', 'choice', 'choices', 'email', 'phone', 'url'];

export async function up(knex: Knex): Promise<void> {
  await replaceCheck(knex, [...TYPES, 'file']);
}

/** Fails if a field has the type. */
export async function down(knex: Knex): Promise<void> {
  await replaceCheck(knex, TYPES);
}

async function replaceCheck(knex: Knex, types: readonly string[]): Promise<void> {
  await knex.raw('alter table app.custom_fields drop constraint custom_fields_type_check');
  await knex.raw(`
    alter table app.custom_fields add constraint custom_fields_type_check
      check (type in (${types.map((type) => `'${type}'`).join(', ')}))
  `);
}
