import { periodOf, type BillingCycle } from '../billing/billing-period.ts';
import { addDays, later, type CivilDate } from '../billing/civil-date.ts';
import type { RentalStatus } from '../unit/unit-status.ts';

export const rentalStatuses = [
  'reserved',
  'active',
  'ended',
  'cancelled',
] as const satisfies readonly RentalStatus[];

type Interval = Pick<BillingCycle, 'interval_unit' | 'interval_count'>;

/** By the value of the field `interval`. */
export const intervals = {
  '1_month': { interval_unit: 'month', interval_count: 1 },
  '3_months': { interval_unit: 'month', interval_count: 3 },
  '6_months': { interval_unit: 'month', interval_count: 6 },
  '12_months': { interval_unit: 'month', interval_count: 12 },
  '1_week': { interval_unit: 'week', interval_count: 1 },
  '4_weeks': { interval_unit: 'week', interval_count: 4 },
} as const satisfies Record<string, Interval>;

export type IntervalName = keyof typeof intervals;

export const intervalNames = Object.keys(intervals) as IntervalName[];

export const intervalLabels: Record<IntervalName, string> = {
  '1_month': 'Every month',
  '3_months': 'Every 3 months',
  '6_months': 'Every 6 months',
  '12_months': 'Every 12 months',
  '1_week': 'Every week',
  '4_weeks': 'Every 4 weeks',
};

export function intervalLabel({ interval_unit, interval_count }: Interval): string {
  const name = intervalNames.find(
    (each) =>
      intervals[each].interval_unit === interval_unit && intervals[each].interval_count === interval_count,
  );
  return name ? intervalLabels[name] : `${interval_count} ${interval_unit}`;
}

/** The first day of a period on the day or after it. */
export function nextPeriodStart(cycle: BillingCycle, date: CivilDate): CivilDate {
  const { starts_on, ends_on } = periodOf(cycle, date);
  return starts_on === date ? date : addDays(ends_on, 1);
}

/** Of a rental with this last day: null when nothing is left to bill. */
export function nextPeriodBefore(next: CivilDate | null, endsOn: CivilDate): CivilDate | null {
  return next !== null && next <= endsOn ? next : null;
}

/** Periods that start on this day or before are billed. */
export function billThrough(
  { today, days_ahead }: { today: CivilDate; days_ahead: number },
  atLeast: CivilDate = today,
): CivilDate {
  return later(addDays(today, days_ahead), atLeast);
}
