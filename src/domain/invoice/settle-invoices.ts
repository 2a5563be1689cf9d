import { insertMany } from '../../database/insert-many.ts';
import { newId } from '../../database/new-id.ts';
import type { Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Billing } from '../billing/billing-settings.ts';

type AllocationRow = Row<'allocations'>;

/** An amount that settles a part of an invoice, or with `reverses_id` takes that back. */
export type NewAllocation = Pick<
  AllocationRow,
  'billing_account_id' | 'source' | 'source_id' | 'invoice_id' | 'amount_cents' | 'effective_on'
> & { reverses_id?: string | null };

/**
 * Stores the allocations and changes the sums and states of their invoices, whose account must be locked. `reopened` is
 * the state of a paid invoice that is open again.
 */
export function settleInvoices(
  db: TenantDb,
  billing: Billing,
  allocations: readonly NewAllocation[],
  reopened: 'sent' | 'failed' = 'sent',
): void {
  if (allocations.length === 0) return;
  const rows = allocations.map((allocation) => ({ id: newId(), reverses_id: null, ...allocation }));
  db.defer(insertMany(db, 'allocations', rows));
  db.defer(updateSums(db, billing, allocations, reopened));
}

const columnOf = {
  payment: 'paid_cents',
  credit: 'paid_cents',
  credit_note: 'credited_cents',
  write_off: 'written_off_cents',
} as const satisfies Record<AllocationRow['source'], keyof Row<'invoices'>>;

function updateSums(
  db: TenantDb,
  billing: Billing,
  allocations: readonly NewAllocation[],
  reopened: 'sent' | 'failed',
) {
  const ids = [...new Set(allocations.map(({ invoice_id }) => invoice_id))];
  const sumsOf = (column: string) =>
    ids.map((id) =>
      String(
        sumOf(
          allocations.filter((each) => each.invoice_id === id),
          column,
        ),
      ),
    );
  const open = `(i.total_cents - i.paid_cents - i.credited_cents - i.written_off_cents
    - c.paid - c.credited - c.written_off)`;
  // A payment on its way keeps its invoice pending.
  return db.raw(
    `update invoices i set
       paid_cents = i.paid_cents + c.paid,
       credited_cents = i.credited_cents + c.credited,
       written_off_cents = i.written_off_cents + c.written_off,
       disputed_cents = least(i.disputed_cents, ${open}),
       status = case when i.status = 'pending' then i.status when ${open} = 0 then 'paid'
         when i.status = 'paid' then '${reopened}' else i.status end,
       paid_at = case when ${open} > 0 then null when i.paid_at is null then ?::timestamptz else i.paid_at end,
       version = i.version + 1
     from unnest(?::uuid[], ?::bigint[], ?::bigint[], ?::bigint[]) c (id, paid, credited, written_off)
     where i.tenant_id = ? and i.id = c.id`,
    [
      billing.now,
      ids,
      sumsOf('paid_cents'),
      sumsOf('credited_cents'),
      sumsOf('written_off_cents'),
      db.tenantId,
    ],
  );
}

function sumOf(allocations: readonly NewAllocation[], column: string): bigint {
  return allocations
    .filter(({ source }) => columnOf[source] === column)
    .reduce((sum, { amount_cents, reverses_id }) => sum + (reverses_id ? -amount_cents : amount_cents), 0n);
}
