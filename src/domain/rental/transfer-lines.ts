import { column, pick, selectRows, type Column, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

/** More than the lines of a reservation. */
const MAX_LINES = 2_000;

const columns = {
  ...pick('invoices as i', 'status'),
  invoice_kind: column('invoices as i', 'kind') as Column<'invoice' | 'credit_note'>,
  ...pick('invoice_lines as l', 'rental_id', 'kind', 'net_cents', 'tax_cents'),
  ...pick('invoice_lines as l', 'credited_net_cents', 'credits_invoice_id', 'credits_position'),
};

/** A line of an invoice that bills the rental of the new unit. */
export type TransferLine = RowOf<typeof columns>;

/** Of the invoices that bill the rental, also deleted ones. */
export function listTransferLines(db: TenantDb, rentalId: string) {
  const ids = selectRows(
    db.from('invoice_lines').where({ rental_id: rentalId }),
    pick('invoice_lines', 'invoice_id'),
  );
  const lines = db
    .from('invoice_lines as l')
    .join('invoices as i', { 'i.tenant_id': 'l.tenant_id', 'i.id': 'l.invoice_id' })
    .whereIn('l.invoice_id', ids)
    .whereNull('i.credits_invoice_id')
    .orderBy(['l.invoice_id', 'l.position'])
    .limit(MAX_LINES);
  return selectRows(lines, columns);
}

/** The lines that were given back are charged as before, and can be given back again. */
export function unmarkGivenBack(db: TenantDb, lines: readonly TransferLine[]): void {
  if (lines.length === 0) return;
  db.defer(
    db.raw(
      `update invoice_lines l set
         credited_net_cents = l.credited_net_cents - case when l.net_cents < 0 then -c.net else c.net end,
         credited_tax_cents = l.credited_tax_cents - case when l.tax_cents < 0 then -c.tax else c.tax end
       from unnest(?::uuid[], ?::int[], ?::bigint[], ?::bigint[]) c (invoice_id, position, net, tax)
       where l.tenant_id = ? and l.invoice_id = c.invoice_id and l.position = c.position`,
      [
        lines.map(({ credits_invoice_id }) => credits_invoice_id!),
        lines.map(({ credits_position }) => credits_position!),
        lines.map(({ net_cents }) => String(absolute(net_cents))),
        lines.map(({ tax_cents }) => String(absolute(tax_cents))),
        db.tenantId,
      ],
    ),
  );
}

function absolute(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}
