/** A day without time and time zone, as `YYYY-MM-DD`. Compared as text. */
export type CivilDate = string;

const DAY_MS = 86_400_000;
const CIVIL_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** False for a day that does not exist, like 30 February, and for one before 1900. */
export function isCivilDate(text: string): text is CivilDate {
  const [year, month, day] = (CIVIL_DATE.exec(text) ?? []).slice(1).map(Number);
  if (year === undefined || year < 1900 || month! < 1 || month! > 12 || day! < 1) return false;
  return civilDate(year, month!, day!) === text;
}

/** The last day of the month if the month is shorter. `month` is 1 to 12. */
export function civilDate(year: number, month: number, day: number): CivilDate {
  const dayOfMonth = Math.min(day, monthLength(year, month));
  return [String(year).padStart(4, '0'), pad(month), pad(dayOfMonth)].join('-');
}

export function addDays(date: CivilDate, days: number): CivilDate {
  return fromDays(toDays(date) + days);
}

/** Both ends are included. */
export function daysOf(first: CivilDate, last: CivilDate): number {
  return toDays(last) - toDays(first) + 1;
}

export function dayOfMonth(date: CivilDate): number {
  return Number(date.slice(8));
}

/** Months since year 0. */
export function monthNumber(date: CivilDate): number {
  return Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1;
}

/** The inverse of `monthNumber`. */
export function dayInMonth(month: number, day: number): CivilDate {
  return civilDate(Math.floor(month / 12), (month % 12) + 1, day);
}

export function earlier(one: CivilDate, other: CivilDate): CivilDate {
  return one < other ? one : other;
}

export function later(one: CivilDate, other: CivilDate): CivilDate {
  return one > other ? one : other;
}

function toDays(date: CivilDate): number {
  return Date.parse(`${date}T00:00Z`) / DAY_MS;
}

function fromDays(days: number): CivilDate {
  return new Date(days * DAY_MS).toISOString().slice(0, 10);
}

function monthLength(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
