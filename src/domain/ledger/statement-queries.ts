import type { Knex } from 'knex';
import { column, nullable, pick, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { CivilDate } from '../billing/civil-date.ts';

/** Or SQL that finds it, so that a page reads it together with its entries. */
type AccountId = string | Knex.Raw<string>;

/** The sums of what moved before a day. */
export function listSumsBefore(db: TenantDb, accountId: AccountId, day: CivilDate) {
  const entries = db
    .visible('ledger_entries as e')
    .where('e.billing_account_id', accountId)
    .where('e.effective_on', '<', day)
    .groupBy('e.debit', 'e.credit');
  return selectRows(entries, {
    ...pick('ledger_entries as e', 'debit', 'credit'),
    amount: db.raw<bigint>('cast(sum(e.amount_cents) as bigint)'),
  });
}

const entryColumns = {
  ...pick('ledger_entries as e', 'debit', 'credit', 'posting', 'source_id', 'effective_on'),
  amount: column('ledger_entries as e', 'amount_cents'),
  invoice_label: nullable(column('invoices as i', 'label')),
  channel: nullable(column('payments as p', 'channel')),
  payment_reference: nullable(column('payments as p', 'reference')),
};

export type StatementEntry = RowOf<typeof entryColumns>;

/** What moved from the first to the last day. */
export function listStatementEntries(
  db: TenantDb,
  accountId: AccountId,
  { first, last }: { first: CivilDate; last: CivilDate },
) {
  const entries = db
    .visible('ledger_entries as e')
    .leftJoin('invoices as i', { 'i.tenant_id': 'e.tenant_id', 'i.id': 'e.source_id' })
    .leftJoin('payments as p', { 'p.tenant_id': 'e.tenant_id', 'p.id': 'e.source_id' })
    .where('e.billing_account_id', accountId)
    .whereBetween('e.effective_on', [first, last])
    .orderBy(['e.effective_on', 'e.id']);
  return selectRows(entries, entryColumns);
}
