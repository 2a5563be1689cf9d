import { pick, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { openSql, openStatuses } from './invoice.ts';

const columns = (db: TenantDb) => ({
  ...pick(
    'invoices as i',
    'id',
    'billing_account_id',
    'label',
    'status',
    'issued_on',
    'due_on',
    'total_cents',
    'disputed_cents',
  ),
  open_cents: db.raw<bigint>(openSql('i')),
});

export type OpenInvoice = RowOf<ReturnType<typeof columns>>;

/** In the order in which payments are allocated: the oldest due day first, then the number. */
export function listOpenInvoices(db: TenantDb, accountId: string) {
  return selectRows(openInvoices(db).where('i.billing_account_id', accountId), columns(db));
}

/** The same of several accounts, in the same order. */
export function listOpenInvoicesOf(db: TenantDb, accountIds: readonly string[]) {
  const invoices = openInvoices(db).whereRaw('i.billing_account_id = any(?::uuid[])', [[...accountIds]]);
  return selectRows(invoices, columns(db));
}

function openInvoices(db: TenantDb) {
  return db
    .from('invoices as i')
    .where('i.kind', 'invoice')
    .whereRaw(`i.status = any('{${openStatuses.join()}}'::text[]) and ${openSql('i')} > 0`)
    .orderBy(['i.due_on', 'i.number']);
}

export interface Allocated {
  invoice: OpenInvoice;
  amount_cents: bigint;
}

/** Skips disputed parts and invoices with a payment on its way. */
export function allocateOldestFirst(invoices: readonly OpenInvoice[], amount: bigint): Allocated[] {
  let left = amount;
  return invoices
    .filter(({ status }) => status !== 'pending')
    .map((invoice) => {
      const undisputed = invoice.open_cents - invoice.disputed_cents;
      const amount_cents = undisputed < left ? undisputed : left;
      left -= amount_cents;
      return { invoice, amount_cents };
    })
    .filter(({ amount_cents }) => amount_cents > 0n);
}

export function sumAllocated(allocated: readonly Allocated[]): bigint {
  return allocated.reduce((sum, { amount_cents }) => sum + amount_cents, 0n);
}
