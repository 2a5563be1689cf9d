import type { Request } from 'express';
import type { CivilDate } from '../../domain/billing/civil-date.ts';

/** This year and the nine before. */
export function yearsUntil(today: CivilDate): number[] {
  return Array.from({ length: 10 }, (_, n) => yearOf(today) - n);
}

/** The year in the address, else this year. */
export function chosenYear(req: Request, today: CivilDate): number {
  return yearsUntil(today).find((year) => String(year) === req.query['year']) ?? yearOf(today);
}

function yearOf(day: CivilDate): number {
  return Number(day.slice(0, 4));
}
