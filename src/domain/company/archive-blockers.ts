import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { unfinishedStatuses } from '../payment/payment.ts';

export const accountColumns = (db: TenantDb) => {
  const count = (table: 'rentals' | 'invoices' | 'payments', statuses: readonly string[]) =>
    db.raw<number>(
      `(select count(*)::int from ${table} x
        where x.tenant_id = ? and x.billing_account_id = b.id and x.status = any(?::text[]))`,
      [db.tenantId, [...statuses]],
    );
  return {
    ...pick('billing_accounts as b', 'currency', 'receivable_cents', 'credit_cents', 'deposit_cents'),
    rentals: count('rentals', ['reserved', 'active']),
    drafts: count('invoices', ['draft']),
    payments: count('payments', ['scheduled', ...unfinishedStatuses]),
  };
};

/** By currency, what a company has that must be finished before it is archived. */
export function listArchiveBlockers(db: TenantDb, companyId: string) {
  const accounts = db.from('billing_accounts as b').where('b.company_id', companyId).orderBy('b.currency');
  return selectRows(accounts, accountColumns(db));
}

export type ArchiveBlocker = Awaited<ReturnType<typeof listArchiveBlockers>>[number];

export function isArchivable(accounts: readonly ArchiveBlocker[]): boolean {
  return accounts.every(
    ({ receivable_cents, credit_cents, deposit_cents, rentals, drafts, payments }) =>
      receivable_cents === 0n &&
      credit_cents === 0n &&
      deposit_cents === 0n &&
      rentals + drafts + payments === 0,
  );
}
