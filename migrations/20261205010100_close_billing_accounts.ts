import type { Knex } from 'knex';

const SIDES = `'receivable', 'credit', 'deposit', 'income', 'tax', 'cash', 'bad_debt'`;
const POSTINGS = `'issue', 'payment', 'credit_applied', 'credit_note', 'credit', 'deposit', 'write_off', 'refund', 'reversal', 'chargeback'`;
const SOURCES = `'invoice', 'payment', 'allocation', 'rental'`;

/** The owners of two accounts are merged: one of the accounts is closed, and its balance moves to the other. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table app.billing_accounts
      add column closed_at timestamptz,
      -- The account that has its balance now.
      add column merged_into_id uuid,
      add constraint billing_accounts_closed check ((closed_at is null) = (merged_into_id is null)),
      -- Nothing is owed on either side of a closed account.
      add constraint billing_accounts_settled check (
        closed_at is null or (receivable_cents = 0 and credit_cents = 0 and deposit_cents = 0))
  `);
  await knex.raw(`
    alter table app.billing_accounts
      add foreign key (tenant_id, merged_into_id) references app.billing_accounts (tenant_id, id)
  `);
  await knex.raw(`
    create index billing_accounts_merged on app.billing_accounts (tenant_id, merged_into_id)
      where merged_into_id is not null
  `);
  await knex.raw('drop index app.billing_accounts_user');
  await knex.raw(`
    create unique index billing_accounts_user on app.billing_accounts (tenant_id, user_id, currency)
      where user_id is not null and closed_at is null
  `);
  await knex.raw(`
    create index billing_accounts_of_user on app.billing_accounts (tenant_id, user_id) where user_id is not null
  `);
  // The customer at the payment service to whom the method belongs, if it is not that of the account.
  await knex.raw('alter table app.payment_methods add column gateway_customer_id text collate "C"');
  await replaceChecks(knex, {
    sides: `${SIDES}, 'clearing'`,
    postings: `${POSTINGS}, 'merge'`,
    sources: `${SOURCES}, 'billing_account'`,
  });
}

export async function down(knex: Knex): Promise<void> {
  await replaceChecks(knex, { sides: SIDES, postings: POSTINGS, sources: SOURCES });
  await knex.raw('alter table app.payment_methods drop column gateway_customer_id');
  await knex.raw('drop index app.billing_accounts_of_user');
  await knex.raw('drop index app.billing_accounts_user');
  await knex.raw(`
    create unique index billing_accounts_user on app.billing_accounts (tenant_id, user_id, currency) where user_id is not null
  `);
  await knex.raw('alter table app.billing_accounts drop column merged_into_id, drop column closed_at');
}

async function replaceChecks(
  knex: Knex,
  allowed: { sides: string; postings: string; sources: string },
): Promise<void> {
  for (const [column, values] of [
    ['debit', allowed.sides],
    ['credit', allowed.sides],
    ['posting', allowed.postings],
    ['source_type', allowed.sources],
  ] as const) {
    const name = `ledger_entries_${column}_check`;
    await knex.raw(`alter table app.ledger_entries drop constraint ${name}`);
    await knex.raw(`alter table app.ledger_entries add constraint ${name} check (${column} in (${values}))`);
  }
}
