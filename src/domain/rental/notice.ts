import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { findBuyers } from '../billing-account/buyer.ts';
import { oneYearAfter, periodOf, type BillingCycle } from '../billing/billing-period.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays, type CivilDate } from '../billing/civil-date.ts';
import type { Address } from '../email/queue-billing-emails.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import {
  billInvoices,
  invoicesOfPlan,
  planRental,
  storeNextPeriods,
  type BilledInvoice,
} from './bill-rentals.ts';
import { readBilledRentals } from './billed-rentals.ts';
import { closeRequests } from './close-requests.ts';
import { occupancyError } from './free-unit.ts';
import { queueRentalEmails } from './queue-rental-emails.ts';
import type { Rental } from './rental-queries.ts';
import { lockRental, updateRental, type LockedRental } from './lock-rental.ts';
import { billThrough, nextPeriodBefore, nextPeriodStart } from './rental.ts';

export type RentalResult = { ok: true; rental: { id: string; unit_code: string } } | RefusedValues;

/** The last day is a day in the unit. @throws {NotFound} */
export async function giveNotice(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, ends_on, asked_by }: { id: string; ends_on: CivilDate; asked_by?: Address | undefined },
): Promise<RentalResult> {
  const { rental, unit } = await lockRental(db, id);
  const error = noticeError(billing, rental, ends_on);
  if (error) return refuse(error);
  updateRental(db, rental, {
    ends_on,
    notice_given_on: billing.today,
    next_period_on: nextPeriodBefore(rental.next_period_on, ends_on),
  });
  recordAudit(db, actor, {
    event: 'rental.notice_given',
    target: { type: 'rental', id, name: unit.code },
    changes: { last_day: [null, ends_on] },
  });
  const emailed = { ...rental, unit_code: unit.code, on: ends_on, asked_by };
  await queueRentalEmails(db, billing, 'moveOutScheduled', [emailed]);
  return { ok: true, rental: { id, unit_code: unit.code } };
}

/** Why the rental cannot end on this day. */
export function noticeError(
  { today }: Pick<Billing, 'today'>,
  { status, starts_on, ends_on }: Pick<Rental, 'status' | 'starts_on' | 'ends_on'>,
  wanted: CivilDate,
  field = 'ends_on',
): FieldError | undefined {
  if (status !== 'active') return { field, code: 'rental_not_active' };
  if (ends_on !== null) return { field, code: 'notice_given_already', params: { day: ends_on } };
  if (wanted < starts_on) return { field, code: 'before_move_in', params: { day: starts_on } };
  if (wanted > oneYearAfter(today)) return { field, code: 'date_too_late' };
  return undefined;
}

/** Of the request that led to the notice. */
const NOTICE_WITHDRAWN = 'The notice was withdrawn';

export type WithdrawnNotice =
  | { ok: true; rental: { id: string; unit_code: string }; invoices: readonly BilledInvoice[] }
  | RefusedValues;

/** Bills the rest of the last period if it was billed up to the last day. @throws {NotFound} */
export async function withdrawNotice(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  id: string,
): Promise<WithdrawnNotice> {
  const locked = await lockRental(db, id);
  const { rental, unit } = locked;
  const error = await withdrawalError(db, locked);
  if (error) return refuse(error);
  const next_period_on = await firstUnbilledDay(db, rental);
  updateRental(db, rental, { ends_on: null, notice_given_on: null, next_period_on });
  closeRequests(db, actor, billing, {
    rental_ids: [id],
    status: 'cancelled',
    reason: NOTICE_WITHDRAWN,
  });
  recordAudit(db, actor, {
    event: 'rental.notice_withdrawn',
    target: { type: 'rental', id, name: unit.code },
    changes: { last_day: [rental.ends_on, null] },
  });
  const invoices = await billWithoutEnd(db, billing, locked, next_period_on);
  return { ok: true, rental: { id, unit_code: unit.code }, invoices };
}

/** What is due of a rental that goes on, with the rest of a period that was billed up to the last day. */
export async function billWithoutEnd(
  db: TenantDb,
  billing: Billing,
  { rental, account }: Pick<LockedRental, 'rental' | 'account'>,
  next_period_on: CivilDate,
): Promise<BilledInvoice[]> {
  const through = billedThroughWithoutEnd(billing, rental, next_period_on);
  return billDuePeriods(db, billing, { rental, account }, through);
}

export function billedThroughWithoutEnd(
  billing: Billing,
  cycle: BillingCycle,
  next_period_on: CivilDate,
): CivilDate {
  const isRest = nextPeriodStart(cycle, next_period_on) !== next_period_on;
  return billThrough(billing, isRest ? next_period_on : billing.today);
}

async function withdrawalError(
  db: TenantDb,
  { rental: { id, status, ends_on }, unit }: LockedRental,
): Promise<FieldError | undefined> {
  const field = 'ends_on';
  if (status !== 'active' || ends_on === null) return { field, code: 'no_notice' };
  if (await isTransferred(db, id)) return { field, code: 'part_of_transfer' };
  return occupancyError(db, unit, { from: addDays(ends_on, 1), to: null, except: id }, field);
}

async function isTransferred(db: TenantDb, id: string): Promise<boolean> {
  const following = db.from('rentals').where({ transferred_from_id: id });
  return (await selectRow(following, pick('rentals', 'id'))) !== undefined;
}

/** The first day after the billed periods, which are forgotten in `next_period_on` when a notice is given. */
export async function firstUnbilledDay(db: TenantDb, rental: Rental): Promise<CivilDate> {
  if (rental.next_period_on !== null) return rental.next_period_on;
  const periods = db.from('rental_periods').where({ rental_id: rental.id }).orderBy('starts_on', 'desc');
  return dayAfterBilled(rental, await selectRow(periods, pick('rental_periods', 'ends_on')));
}

/** Of a rental with a last day that is billed up to it. */
export function dayAfterBilled(
  rental: BillingCycle & Pick<Rental, 'ends_on' | 'billed_until'>,
  lastPeriod: { ends_on: CivilDate } | undefined,
): CivilDate {
  // An imported rental was billed elsewhere before.
  const last = lastPeriod?.ends_on ?? rental.billed_until ?? periodOf(rental, rental.ends_on!).ends_on;
  return addDays(last, 1);
}

/** Bills what starts on the day or before. The rental is locked; changes of it that are deferred count. */
export async function billDuePeriods(
  db: TenantDb,
  billing: Billing,
  { rental, account }: Pick<LockedRental, 'rental' | 'account'>,
  through: CivilDate,
): Promise<BilledInvoice[]> {
  const [toBill] = await readBilledRentals(db, [rental.id]);
  const plan = planRental(billing, toBill!, through);
  if (plan.invoices.length === 0) return [];
  const buyers = await findBuyers(db, [account.id]);
  const parties = { account, buyer: buyers.get(account.id)! };
  const invoices = await billInvoices(db, billing, invoicesOfPlan(toBill!, plan, parties));
  storeNextPeriods(db, [{ id: rental.id, next_period_on: plan.next_period_on }]);
  return invoices;
}
