import { civilDate, monthNumber, type CivilDate } from '../billing/civil-date.ts';

/** This year and the nine before. */
export function yearsUntil(today: CivilDate): number[] {
  return Array.from({ length: 10 }, (_, n) => yearOf(today) - n);
}

/** That of the text, else this year. */
export function chosenYear(text: unknown, today: CivilDate): number {
  return yearsUntil(today).find((year) => String(year) === text) ?? yearOf(today);
}

function yearOf(day: CivilDate): number {
  return Number(day.slice(0, 4));
}

/** The first days of the months of a year until today, the latest first. */
export function monthsUntil(today: CivilDate, year: number): CivilDate[] {
  const months = Array.from({ length: 12 }, (_, n) => civilDate(year, 12 - n, 1));
  return months.filter((first) => monthNumber(first) <= monthNumber(today));
}

export interface Days {
  first: CivilDate;
  last: CivilDate;
}

/** Of a month like `2026-05`. */
export function daysOfMonth(text: unknown): Days | undefined {
  const [, year, month] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(typeof text === 'string' ? text : '') ?? [];
  if (year === undefined) return undefined;
  const dayOf = (day: number) => civilDate(Number(year), Number(month), day);
  return { first: dayOf(1), last: dayOf(31) };
}
