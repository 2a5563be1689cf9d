import type { CivilDate } from '../billing/civil-date.ts';
import { dayInMonth, monthNumber } from '../billing/civil-date.ts';

/** Both days are included. */
export interface Period {
  from: CivilDate;
  to: CivilDate;
}

export function lastMonth(today: CivilDate): Period {
  const month = monthNumber(today) - 1;
  return { from: dayInMonth(month, 1), to: dayInMonth(month, 31) };
}

/** This month and the eleven before. */
export function lastTwelveMonths(today: CivilDate): Period {
  const month = monthNumber(today);
  return { from: dayInMonth(month - 11, 1), to: dayInMonth(month, 31) };
}
