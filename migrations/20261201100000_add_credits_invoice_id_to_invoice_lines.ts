import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  // With `credits_position`: the line that a transfer or a move-out gives back, which is on another invoice.
  await knex.raw('alter table app.invoice_lines add column credits_invoice_id uuid');
  await knex.raw(`
    alter table app.invoice_lines
      add foreign key (tenant_id, credits_invoice_id, credits_position)
      references app.invoice_lines (tenant_id, invoice_id, position)
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table app.invoice_lines drop column credits_invoice_id');
}
