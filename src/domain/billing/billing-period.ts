import {
  addDays,
  civilDate,
  dayInMonth,
  dayOfMonth,
  daysOf,
  monthNumber,
  type CivilDate,
} from './civil-date.ts';

/** What the periods of a rental are computed from: never the period before, so that the 31st does not become the 28th. */
export interface BillingCycle {
  interval_unit: 'month' | 'week';
  interval_count: number;
  /** The first day of a period. */
  anchor_on: CivilDate;
  /** 1 to 31; the last day of a month that is shorter. */
  anchor_day: number;
}

/** The last day is included. */
export interface Period {
  starts_on: CivilDate;
  ends_on: CivilDate;
}

/** The period that contains the date. */
export function periodOf(cycle: BillingCycle, date: CivilDate): Period {
  let index = estimateIndex(cycle, date);
  while (periodStart(cycle, index) > date) index -= 1;
  while (periodStart(cycle, index + 1) <= date) index += 1;
  return { starts_on: periodStart(cycle, index), ends_on: addDays(periodStart(cycle, index + 1), -1) };
}

/** `index` 0 is the period of the anchor. */
export function periodStart(cycle: BillingCycle, index: number): CivilDate {
  const { interval_unit, interval_count, anchor_on, anchor_day } = cycle;
  if (interval_unit === 'week') return addDays(anchor_on, 7 * interval_count * index);
  return dayInMonth(monthNumber(anchor_on) + interval_count * index, anchor_day);
}

/** `invoiceDay` is null for periods that start on the day of the move-in. */
export function cycleOf(
  startsOn: CivilDate,
  interval: Pick<BillingCycle, 'interval_unit' | 'interval_count'>,
  invoiceDay: number | null,
): BillingCycle {
  const { interval_unit } = interval;
  if (invoiceDay === null || interval_unit === 'week')
    return { ...interval, anchor_on: startsOn, anchor_day: dayOfMonth(startsOn) };
  const month = monthNumber(startsOn);
  const inMonth = dayInMonth(month, invoiceDay);
  const anchor_on = inMonth <= startsOn ? inMonth : dayInMonth(month - 1, invoiceDay);
  return { ...interval, anchor_on, anchor_day: invoiceDay };
}

export function periodLength({ starts_on, ends_on }: Period): number {
  return daysOf(starts_on, ends_on);
}

/** The same day in the next year. */
export function oneYearAfter(date: CivilDate): CivilDate {
  return civilDate(Number(date.slice(0, 4)) + 1, Number(date.slice(5, 7)), dayOfMonth(date));
}

function estimateIndex({ interval_unit, interval_count, anchor_on }: BillingCycle, date: CivilDate): number {
  const distance =
    interval_unit === 'week' ? (daysOf(anchor_on, date) - 1) / 7 : monthNumber(date) - monthNumber(anchor_on);
  return Math.floor(distance / interval_count);
}
