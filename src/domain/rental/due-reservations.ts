import { pick, selectRows } from '../../database/columns.ts';
import { NIL_ID } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { systemActor } from '../actor.ts';
import { lockAccounts } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { accountsWithoutRenting } from '../company/check-status.ts';
import { openSql } from '../invoice/invoice.ts';
import { lockUnits } from '../unit/unit-queries.ts';
import { closeRequests } from './close-requests.ts';
import { cancelLocked, emailStarted, startRentals } from './reservation.ts';
import { lockRentalRows } from './lock-rental.ts';
import type { Rental } from './rental-queries.ts';

export const MAX_STARTED = 500;

export type ReservationToStart = Pick<Rental, 'id' | 'unit_id'>;

/**
 * Starts the reservations whose day has come and whose agreement is signed if it must be. Call it after
 * `endDueRentals`. Returns how many: fewer than the limit of one transaction when none is left.
 */
export async function startDueReservations(db: TenantDb, billing: Billing): Promise<number> {
  return startReservations(db, billing, await listReservationsToStart(db, billing));
}

/** Of `rentals r`. A transfer was agreed on before. */
const RENTS_NOTHING_NEW = `
  select 1 from billing_accounts b join companies c on c.tenant_id = b.tenant_id and c.id = b.company_id
  where b.tenant_id = ? and b.id = r.billing_account_id and c.status <> 'active'`;

/** Those after the id `after`. */
export function listReservationsToStart(
  db: TenantDb,
  { today, is_agreement_required }: Billing,
  after = NIL_ID,
) {
  const due = db
    .from('rentals as r')
    .where('r.status', 'reserved')
    .where('r.starts_on', '<=', today)
    .where('r.id', '>', after)
    .whereRaw(`(r.transferred_from_id is not null or not exists (${RENTS_NOTHING_NEW}))`, [db.tenantId])
    .orderBy('r.id')
    .limit(MAX_STARTED);
  if (is_agreement_required)
    void due.where((rows) =>
      rows
        .whereNotNull('r.transferred_from_id')
        .orWhereRaw('exists (select 1 from agreements a where a.tenant_id = ? and a.rental_id = r.id)', [
          db.tenantId,
        ]),
    );
  return selectRows(due, pick('rentals as r', 'id', 'unit_id'));
}

/** Of those that are still reserved. Returns how many. */
export async function startReservations(
  db: TenantDb,
  billing: Billing,
  rows: readonly ReservationToStart[],
): Promise<number> {
  const units = await lockUnits(
    db,
    rows.map(({ unit_id }) => unit_id),
  );
  const rentals = await lockRentalRows(
    db,
    rows.map(({ id }) => id),
  );
  const refused = await accountsWithoutRenting(
    db,
    rentals.map(({ billing_account_id }) => billing_account_id),
  );
  const started = rentals
    // The first day or the status of the company may have been changed while the locks were awaited.
    .filter(({ status, starts_on }) => status === 'reserved' && starts_on <= billing.today)
    .filter((rental) => rental.transferred_from_id !== null || !refused.has(rental.billing_account_id))
    .map((rental) => ({ ...rental, unit_code: units.get(rental.unit_id)!.code }));
  startRentals(db, systemActor('Billing run'), started);
  await emailStarted(db, billing, started);
  const transferred = started.flatMap(({ transferred_from_id }) => transferred_from_id ?? []);
  closeRequests(db, systemActor('Billing run'), billing, { rental_ids: transferred, status: 'completed' });
  return started.length;
}

export const MAX_EXPIRED = 50;

export type ReservationToExpire = Pick<Rental, 'id' | 'unit_id' | 'billing_account_id'>;

/**
 * Cancels reservations whose issued invoice was not paid in time. Returns how many: fewer than the limit of one
 * transaction when none is left.
 */
export async function expireReservations(db: TenantDb, billing: Billing): Promise<number> {
  return cancelUnpaid(db, billing, await listReservationsToExpire(db, billing));
}

/** Of those reservations that are still not paid. Returns how many. */
export async function cancelUnpaid(
  db: TenantDb,
  billing: Billing,
  due: readonly ReservationToExpire[],
): Promise<number> {
  const units = await lockUnits(
    db,
    due.map(({ unit_id }) => unit_id),
  );
  await lockAccounts(
    db,
    due.map(({ billing_account_id }) => billing_account_id),
  );
  const rentals = await lockRentalRows(
    db,
    due.map(({ id }) => id),
  );
  // An invoice may have been paid while the locks were awaited.
  const ids = due.map(({ id }) => id);
  const unpaid = expiredReservations(db, billing).whereRaw('r.id = any(?::uuid[])', [ids]);
  const expired = new Set((await selectRows(unpaid, expiredColumns)).map(({ id }) => id));
  const actor = systemActor('Billing run');
  const cancelled = rentals.filter(({ id }) => expired.has(id));
  for (const rental of cancelled) {
    const unit = units.get(rental.unit_id)!;
    const result = await cancelLocked(
      db,
      actor,
      billing,
      { rental, unit },
      'The reservation was not paid in time',
    );
    if (!result.ok) throw new Error(`Reservation ${rental.id} cannot expire: ${result.errors[0]!.code}`);
  }
  return cancelled.length;
}

const expiredColumns = pick('rentals as r', 'id', 'unit_id', 'billing_account_id');

/** Those after the id `after`. */
export function listReservationsToExpire(db: TenantDb, billing: Billing, after = NIL_ID) {
  const rentals = expiredReservations(db, billing)
    .where('r.id', '>', after)
    .orderBy('r.id')
    .limit(MAX_EXPIRED);
  return selectRows(rentals, expiredColumns);
}

function expiredReservations(db: TenantDb, { now }: Billing) {
  return db
    .from('rentals as r')
    .where('r.status', 'reserved')
    .whereNull('r.transferred_from_id')
    .where('r.reserved_until', '<', now)
    .whereRaw(
      `exists (select 1 from invoice_lines l
         join invoices i on i.tenant_id = ? and i.id = l.invoice_id
         where l.tenant_id = ? and l.rental_id = r.id and i.kind = 'invoice'
           and i.status in ('sent', 'failed') and ${openSql('i')} > 0)`,
      [db.tenantId, db.tenantId],
    );
}
