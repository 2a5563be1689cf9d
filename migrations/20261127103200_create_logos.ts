import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.logos (
      tenant_id uuid not null references app.tenants (id),
      -- SHA-256 of the largest image, in hexadecimal digits.
      hash text collate "C" not null,
      -- Of the small image, in pixels.
      width int not null,
      height int not null,
      small bytea not null,
      -- Twice as wide and high.
      large bytea not null,
      -- A square.
      icon bytea not null,
      -- Sent emails refer to it, so a logo that was in use is kept.
      is_saved boolean not null default false,
      created_at timestamptz not null default now(),
      primary key (tenant_id, hash)
    )
  `);
  await knex.raw(`select app.isolate_by_tenant('app.logos')`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.logos');
}
