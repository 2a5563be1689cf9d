import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.one_time_tokens (
      tenant_id uuid not null,
      token_hash bytea not null,
      user_id uuid not null,
      purpose text collate "C" not null
        check (purpose in ('invitation', 'set_password', 'reset_password', 'verify_email', 'change_email')),
      -- The normalised address. The token is invalid if the user's address differs.
      sent_to text collate "C" not null,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      used_at timestamptz,
      revoked_at timestamptz,
      primary key (tenant_id, token_hash)
    )
  `);
  await knex.raw('create index one_time_tokens_user on app.one_time_tokens (tenant_id, user_id, purpose)');
  await knex.raw(`select app.isolate_by_tenant('app.one_time_tokens')`);
  await knex.raw(`
    alter table app.one_time_tokens
      add foreign key (tenant_id, user_id) references app.users (tenant_id, id) on delete cascade
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.one_time_tokens');
}
