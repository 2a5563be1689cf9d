import { column, pick, selectRows, type Column, type RowOf } from '../../database/columns.ts';
import { convertRead } from '../../database/in-tenant.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

/** More than the lines of ten years. */
const MAX_LINES = 2_000;

const lineColumns = {
  ...pick('invoices as i', 'status', 'total_cents', 'credit_noted_cents'),
  invoice_kind: column('invoices as i', 'kind') as Column<'invoice' | 'credit_note'>,
  ...pick('invoices as i', 'label'),
  ...pick('invoice_lines as l', 'invoice_id', 'position', 'kind', 'rental_id'),
  ...pick('invoice_lines as l', 'description', 'description_params'),
  ...pick('invoice_lines as l', 'unit_cents', 'net_cents', 'tax_cents', 'tax_rate_id', 'tax_ppm'),
  starts_on: column('invoice_lines as l', 'starts_on') as Column<string>,
  ends_on: column('invoice_lines as l', 'ends_on') as Column<string>,
  ...pick('invoice_lines as l', 'full_days', 'full_cents', 'credited_net_cents', 'credited_tax_cents'),
};

/** A line of a rental on an invoice. Its sums have the sign of an invoice also if they are on a credit note. */
export type BilledLine = RowOf<typeof lineColumns>;

/** Lines of rent and charges, the latest period first. A last day gives back days of the latest ones only. */
function selectLines(db: TenantDb, rentalId: string) {
  const lines = db
    .from('invoice_lines as l')
    .join('invoices as i', { 'i.tenant_id': 'l.tenant_id', 'i.id': 'l.invoice_id' })
    .where('l.rental_id', rentalId)
    .whereIn('l.kind', ['rent', 'insurance', 'fee', 'discount'])
    .whereNull('i.credits_invoice_id')
    .whereNot('i.status', 'deleted')
    .orderBy([{ column: 'l.starts_on', order: 'desc' }, 'l.invoice_id', 'l.position'])
    .limit(MAX_LINES);
  return selectRows(lines, lineColumns);
}

export async function listBilledLines(db: TenantDb, rentalId: string): Promise<BilledLine[]> {
  return (await selectLines(db, rentalId)).map(withSignOfInvoice);
}

/** For `readTenant`. */
export function readBilledLines(db: TenantDb, rentalId: string) {
  return convertRead(selectLines(db, rentalId), (rows) => rows.map(withSignOfInvoice));
}

function withSignOfInvoice(line: BilledLine): BilledLine {
  if (line.invoice_kind === 'invoice') return line;
  return {
    ...line,
    unit_cents: -line.unit_cents,
    net_cents: -line.net_cents,
    tax_cents: -line.tax_cents,
    full_cents: line.full_cents === null ? null : -line.full_cents,
    credited_net_cents: -line.credited_net_cents,
    credited_tax_cents: -line.credited_tax_cents,
  };
}
