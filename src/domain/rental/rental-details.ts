import { column, nullable, pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { withType } from '../unit/unit-queries.ts';

/** Of a select or of a table on the page of a rental. */
const MAX_ROWS = 500;

/** For a select: those without a rental that has no end, available ones or not. */
export function listRentableUnits(db: TenantDb) {
  const units = withType(db.visible('units as u'))
    .whereNot('u.status', 'blocked')
    .where('s.status', 'active')
    .whereRaw(
      `not exists (select 1 from rentals r where r.tenant_id = ? and r.unit_id = u.id
         and r.ends_on is null and r.status in ('reserved', 'active'))`,
      [db.tenantId],
    )
    .orderBy(['u.code_sort', 'u.id'])
    .limit(MAX_ROWS);
  return selectRows(units, {
    ...pick('units as u', 'id', 'code', 'status', 'unit_type_id'),
    price_cents: db.raw<bigint>('coalesce(u.price_cents, t.price_cents)'),
    ...pick('unit_types as t', 'deposit_cents', 'tax_rate_id'),
    site_name: column('sites as s', 'name'),
    type_name: column('unit_types as t', 'name'),
  });
}

const periodColumns = {
  ...pick('rental_periods as p', 'starts_on', 'ends_on', 'invoice_id', 'price_cents', 'days', 'full_days'),
  ...pick('invoices as i', 'label', 'status'),
};

/** The latest first. */
export function listBilledPeriods(db: TenantDb, rentalId: string) {
  const periods = db
    .from('rental_periods as p')
    .join('invoices as i', { 'i.tenant_id': 'p.tenant_id', 'i.id': 'p.invoice_id' })
    .where('p.rental_id', rentalId)
    .orderBy('p.starts_on', 'desc')
    .limit(MAX_ROWS);
  return selectRows(periods, periodColumns);
}

const invoiceColumns = {
  ...pick('invoices as i', 'id', 'kind', 'label', 'status', 'issued_on', 'due_on', 'currency', 'total_cents'),
  ...pick('invoices as i', 'paid_cents', 'credited_cents', 'written_off_cents', 'disputed_cents'),
  ...pick('invoices as i', 'due_again_on'),
};

/** What the invoice asks for as the deposit of the rental. */
function depositOf(db: TenantDb, rentalId: string) {
  return db.raw<bigint>(
    `(select coalesce(sum(l.net_cents), 0)::bigint from invoice_lines l
      where l.tenant_id = ? and l.invoice_id = i.id and l.rental_id = ? and l.kind = 'deposit')`,
    [db.tenantId, rentalId],
  );
}

/** With a line of the rental, the latest first. */
export function listRentalInvoices(db: TenantDb, rentalId: string) {
  const invoices = db
    .from('invoices as i')
    .whereIn(
      'i.id',
      selectRows(
        db.from('invoice_lines as l').where('l.rental_id', rentalId),
        pick('invoice_lines as l', 'invoice_id'),
      ),
    )
    .orderBy('i.id', 'desc')
    .limit(MAX_ROWS);
  return selectRows(invoices, {
    ...invoiceColumns,
    deposit_cents: depositOf(db, rentalId),
  });
}

const priceColumns = {
  ...pick('rental_prices as rp', 'id', 'effective_on', 'price_cents', 'created_at'),
  created_by_name: nullable(column('users as w', 'name')),
};

/** The newest first. */
export function listPrices(db: TenantDb, rentalId: string) {
  const prices = db
    .from('rental_prices as rp')
    .leftJoin('users as w', { 'w.tenant_id': 'rp.tenant_id', 'w.id': 'rp.created_by' })
    .where('rp.rental_id', rentalId)
    .orderBy([
      { column: 'rp.effective_on', order: 'desc' },
      { column: 'rp.id', order: 'desc' },
    ])
    .limit(MAX_ROWS);
  return selectRows(prices, priceColumns);
}

const historyColumns = pick('audit_events as e', 'at', 'event', 'actor_name', 'changes');

const MAX_EVENTS = 50;

/** The latest first. */
export function listRentalHistory(db: TenantDb, rentalId: string) {
  const events = db
    .visible('audit_events as e')
    .where({ 'e.target_type': 'rental', 'e.target_id': rentalId })
    .orderBy([
      { column: 'e.at', order: 'desc' },
      { column: 'e.id', order: 'desc' },
    ])
    .limit(MAX_EVENTS);
  return selectRows(events, historyColumns);
}
