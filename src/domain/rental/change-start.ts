import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { lockAccount } from '../billing-account/billing-account.ts';
import { cycleOf } from '../billing/billing-period.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays, later, type CivilDate } from '../billing/civil-date.ts';
import { comingDayError } from '../billing/date-field.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import type { BilledInvoice } from './bill-rentals.ts';
import { occupancyError } from './free-unit.ts';
import { lockRental, updateRental, type LockedRental } from './lock-rental.ts';
import { billFirstPeriods, invoiceDayOf, reservedUntil } from './move-in.ts';
import { queueRentalEmails } from './queue-rental-emails.ts';
import type { Rental } from './rental-queries.ts';
import { takeBackInvoices } from './take-back-invoices.ts';

export type ChangedStart =
  | { ok: true; rental: { id: string; unit_code: string }; invoices: readonly BilledInvoice[] }
  | RefusedValues;

const REASON = 'The first day of the reservation was changed';

/** Of a reservation. What was billed is taken back, and billed again from the new day. @throws {NotFound} */
export async function changeStart(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, starts_on }: { id: string; starts_on: CivilDate },
): Promise<ChangedStart> {
  const locked = await lockRental(db, id);
  const { rental, unit } = locked;
  const error = await changeError(db, billing, locked, starts_on);
  if (error) return refuse(error);
  const taken = await takeBackInvoices(db, actor, billing, { id, reason: REASON });
  if (!taken.ok) return taken;
  const next_period_on = await firstDayToBill(db, rental, starts_on);
  const account = await lockAccount(db, rental.billing_account_id);
  const { interval_unit, interval_count } = rental;
  forgetPeriods(db, id);
  moveCharges(db, rental, starts_on);
  updateRental(db, rental, {
    starts_on,
    ...cycleOf(starts_on, { interval_unit, interval_count }, invoiceDayOf(billing, account)),
    next_period_on,
    reserved_until: reservedUntil(billing, account),
    // It was taken back with the invoices and is charged again.
    deposit_cents: rental.deposit_cents,
  });
  recordAudit(db, actor, {
    event: 'rental.start_changed',
    target: { type: 'rental', id, name: unit.code },
    changes: { starts_on: [rental.starts_on, starts_on] },
  });
  const emailed = { ...rental, unit_code: unit.code, on: starts_on };
  await queueRentalEmails(db, billing, 'moveInScheduled', [emailed]);
  const { invoices } = await billFirstPeriods(db, billing, account, { ...rental, next_period_on });
  return { ok: true, rental: { id, unit_code: unit.code }, invoices };
}

async function changeError(
  db: TenantDb,
  { today }: Billing,
  { rental, unit }: LockedRental,
  starts_on: CivilDate,
): Promise<FieldError | undefined> {
  const field = 'starts_on';
  if (rental.status !== 'reserved') return { field, code: 'not_reserved' };
  if (rental.transferred_from_id !== null) return { field, code: 'part_of_transfer' };
  if (rental.starts_on === starts_on) return { field, code: 'start_unchanged' };
  return (
    comingDayError(field, starts_on, today) ??
    (await occupancyError(db, unit, { from: starts_on, to: null, except: rental.id }, field))
  );
}

/** Days of an imported rental that were billed elsewhere stay billed. */
async function firstDayToBill(db: TenantDb, rental: Rental, startsOn: CivilDate): Promise<CivilDate> {
  const periods = db.from('rental_periods as p').where('p.rental_id', rental.id).orderBy('p.starts_on');
  const first = await selectRow(periods, pick('rental_periods as p', 'starts_on'));
  const next = rental.billed_until === null ? startsOn : later(startsOn, addDays(rental.billed_until, 1));
  return first && first.starts_on > rental.starts_on ? later(next, first.starts_on) : next;
}

/** So that the same days can be billed again. */
function forgetPeriods(db: TenantDb, id: string): void {
  db.defer(db.from('rental_periods').where({ rental_id: id }).delete());
  db.defer(
    db
      .from('invoices')
      .where({ source: 'rental' })
      .whereRaw('source_key >= ? and source_key < ?', [`${id}:`, `${id};`])
      .update({ source_key: null }),
  );
}

/** Those that began with the rental still do. */
function moveCharges(db: TenantDb, { id, starts_on: before }: Rental, starts_on: CivilDate): void {
  db.defer(db.from('rental_charges').where({ rental_id: id, starts_on: before }).update({ starts_on }));
}
