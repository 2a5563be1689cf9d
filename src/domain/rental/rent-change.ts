import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { oneYearAfter } from '../billing/billing-period.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays, later, type CivilDate } from '../billing/civil-date.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { amountText } from '../invoice/draft-actions.ts';
import { readBilledRentals } from './billed-rentals.ts';
import { priceOn } from './plan-periods.ts';
import { queueRentalEmails } from './queue-rental-emails.ts';
import type { Rental } from './rental-queries.ts';
import { lockRental } from './lock-rental.ts';
import { nextPeriodStart } from './rental.ts';

export interface RentChangeValues {
  id: string;
  price: bigint;
  effective_on: CivilDate;
}

export type RentChangeResult =
  | { ok: true; rental: { id: string; unit_code: string }; starts_on: CivilDate; price_cents: bigint }
  | RefusedValues;

/** The first period that has the new price. One that is billed or has begun keeps its price. */
export function rentChangeStart(
  rental: Pick<Rental, 'next_period_on' | 'anchor_on' | 'anchor_day' | 'interval_unit' | 'interval_count'>,
  effectiveOn: CivilDate,
): CivilDate {
  return nextPeriodStart(rental, later(effectiveOn, rental.next_period_on ?? effectiveOn));
}

/** @throws {NotFound} */
export async function changeRent(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, price, effective_on }: RentChangeValues,
): Promise<RentChangeResult> {
  const { rental, unit, account } = await lockRental(db, id);
  const error = rentChangeError(billing, rental, effective_on);
  if (error) return refuse(error);
  const starts_on = rentChangeStart(rental, effective_on);
  const [toBill] = await readBilledRentals(db, [id]);
  if (priceOn(toBill!, starts_on) === price)
    return refuse({ field: 'price', code: 'rent_unchanged', params: { day: starts_on } });
  db.defer(
    db.insertInto('rental_prices', {
      id: newId(),
      rental_id: id,
      // Not before what is billed, so that the price of a billed period can still be computed.
      effective_on: later(effective_on, rental.next_period_on ?? effective_on),
      price_cents: price,
      created_by: actor.kind === 'staff' ? actor.id : null,
    }),
  );
  recordAudit(db, actor, {
    event: 'rental.rent_changed',
    target: { type: 'rental', id, name: unit.code },
    changes: {
      price: [amountText(priceOn(toBill!, starts_on), account.currency), amountText(price, account.currency)],
      from: [null, starts_on],
    },
  });
  const emailed = { ...rental, unit_code: unit.code, on: starts_on };
  await queueRentalEmails(db, billing, 'rentChange', [emailed], {
    old_amount_cents: String(priceOn(toBill!, starts_on)),
    amount_cents: String(price),
    currency: account.currency,
  });
  return { ok: true, rental: { id, unit_code: unit.code }, starts_on, price_cents: price };
}

/** Customers are told as many days before as the settings say. */
export function rentChangeError(
  { today, notice_days }: Pick<Billing, 'today' | 'notice_days'>,
  rental: Rental,
  effectiveOn: CivilDate,
): FieldError | undefined {
  const { status, ends_on, next_period_on } = rental;
  const field = 'effective_on';
  if (status !== 'active' && status !== 'reserved') return { field, code: 'rental_not_active' };
  if (ends_on !== null && (next_period_on === null || ends_on < rentChangeStart(rental, effectiveOn)))
    return { field, code: 'notice_given_already', params: { day: ends_on } };
  const earliest = addDays(today, notice_days);
  if (effectiveOn < earliest)
    return { field, code: 'rent_change_too_early', params: { day: earliest, count: notice_days } };
  if (effectiveOn > oneYearAfter(today)) return { field, code: 'date_too_late' };
  return undefined;
}
