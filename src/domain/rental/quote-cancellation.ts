import { column, pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { groupBy } from '../../group-by.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { amountStep } from '../billing/money.ts';
import type { FieldError } from '../form/parse-values.ts';
import { calculateLine, totalsOf } from '../invoice/invoice-lines.ts';
import { lineColumns, type Line } from '../invoice/invoice-queries.ts';
import { planRental } from './bill-rentals.ts';
import type { RentalToBill } from './billed-rentals.ts';
import { begunError, isOfTransfer } from './cancel-transfer.ts';
import { billedThroughWithoutEnd, dayAfterBilled } from './notice.ts';
import type { RentalDetail } from './rental-queries.ts';
import { planTaking, type TakenBack } from './take-back-invoices.ts';

const invoiceColumns = {
  ...pick('invoices as i', 'id', 'kind', 'label', 'status', 'total_cents', 'paid_cents', 'credited_cents'),
  ...pick('invoices as i', 'written_off_cents', 'credit_noted_cents', 'credits_invoice_id'),
};
const linesOfInvoices = { ...lineColumns, ...pick('invoice_lines as l', 'invoice_id') };
const nextColumns = {
  ...pick('rentals as n', 'id', 'status', 'starts_on'),
  unit_code: column('units as u', 'code'),
};

type Invoice = RowOf<typeof invoiceColumns>;
type InvoiceLine = Line & { invoice_id: string };
export type NextRental = RowOf<typeof nextColumns>;

/** The reservation of the new unit. */
export function findNextRental(db: TenantDb, id: string) {
  const rentals = db
    .from('rentals as n')
    .join('units as u', { 'u.tenant_id': 'n.tenant_id', 'u.id': 'n.unit_id' })
    .where('n.transferred_from_id', id);
  return selectRow(rentals, nextColumns);
}

/** The invoices that bill the new unit, their lines and the last billed period of the present unit. */
export function cancellationReads(db: TenantDb, id: string) {
  const invoices = db.from('invoices as i').whereIn('i.id', invoiceIds(db, id)).orderBy('i.id', 'desc');
  const lines = db
    .from('invoice_lines as l')
    .whereIn('l.invoice_id', invoiceIds(db, id))
    .orderBy(['l.invoice_id', 'l.position']);
  const periods = db.from('rental_periods as p').where('p.rental_id', id).orderBy('p.starts_on', 'desc');
  return [
    findNextRental(db, id),
    selectRows(invoices, invoiceColumns),
    selectRows(lines, linesOfInvoices),
    selectRow(periods, pick('rental_periods as p', 'ends_on')),
  ] as const;
}

function invoiceIds(db: TenantDb, id: string) {
  const lines = db
    .from('invoice_lines as b')
    .join('rentals as n', { 'n.tenant_id': 'b.tenant_id', 'n.id': 'b.rental_id' })
    .where('n.transferred_from_id', id);
  return selectRows(lines, pick('invoice_lines as b', 'invoice_id'));
}

export interface CancellationQuote {
  error: FieldError | undefined;
  taken: readonly TakenBack[];
  /** Of each invoice for the rest of the period that was billed in part. */
  rest_cents: readonly bigint[];
}

/** What `cancelTransfer` would do. */
export function quoteCancellation(
  billing: Billing,
  rental: RentalDetail,
  next: NextRental,
  {
    invoices,
    lines,
    lastPeriod,
    toBill,
  }: {
    invoices: readonly Invoice[];
    lines: readonly InvoiceLine[];
    lastPeriod: { ends_on: string } | undefined;
    toBill: RentalToBill;
  },
): CancellationQuote {
  const linesOf = groupBy(lines, ({ invoice_id }) => invoice_id);
  const includes = isOfTransfer(rental.id, next.id);
  const taken = invoices.flatMap(
    (invoice) => planTaking(invoice, linesOf.get(invoice.id) ?? [], includes) ?? [],
  );
  const next_period_on = rental.next_period_on ?? dayAfterBilled(rental, lastPeriod);
  const through = billedThroughWithoutEnd(billing, rental, next_period_on);
  const plan = planRental(billing, { ...toBill, ends_on: null, next_period_on }, through);
  const step = amountStep(rental.currency);
  const rest_cents = plan.invoices.map(
    (each) => totalsOf(each.lines.map((line, n) => calculateLine(line, n + 1, step))).total_cents,
  );
  const error = begunError(billing.today, rental, { ...next, old_unit_code: rental.unit_code });
  return { error, taken, rest_cents };
}
