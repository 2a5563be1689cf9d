import type { Request, Response } from 'express';
import { toAsciiDigits } from '../digits.ts';
import { findBilling } from '../domain/billing/billing-settings.ts';
import {
  dayInMonth,
  earlier,
  isCivilDate,
  later,
  monthNumber,
  type CivilDate,
} from '../domain/billing/civil-date.ts';
import type { Period } from '../domain/report/period.ts';
import { flash } from '../http/flash.ts';
import { flashProblems, isCsv } from '../http/read-list.ts';
import { seeOther } from '../http/see-other.ts';

/** Of a report as of a day. Without a valid one, redirects to the address with that of today and returns null. */
export async function readDay(req: Request, res: Response, name: string): Promise<CivilDate | null> {
  const day = dayParam(req, res, name);
  if (day) return day;
  await redirectToToday(req, res, name);
  return null;
}

export async function redirectToToday(req: Request, res: Response, name: string): Promise<void> {
  await redirectTo(req, res, { [name]: await readToday(req) });
}

/** Of a report. Without a valid one, redirects to the address with `defaultOf` today and returns null. */
export async function readPeriod(
  req: Request,
  res: Response,
  defaultOf: (today: CivilDate) => Period,
): Promise<Period | null> {
  const from = dayParam(req, res, 'from');
  const to = dayParam(req, res, 'to');
  if (from && to && from <= to) return { from, to };
  if (from && to) flash(req, res, 'The last day is before the first and was ignored.', { kind: 'warn' });
  const usual = defaultOf(await readToday(req));
  const period = from
    ? { from, to: later(from, usual.to) }
    : to
      ? { from: earlier(usual.from, dayInMonth(monthNumber(to), 1)), to }
      : usual;
  await redirectTo(req, res, { ...period });
  return null;
}

async function readToday(req: Request): Promise<CivilDate> {
  const [{ today }] = await req.readTenant((db) => [findBilling(db)]);
  return today;
}

function dayParam(req: Request, res: Response, name: string): CivilDate | undefined {
  const value = req.query[name];
  if (value === undefined || value === '') return undefined;
  const day = typeof value === 'string' ? toAsciiDigits(value.trim()) : '';
  if (isCivilDate(day)) return day;
  flashProblems(req, res, [name]);
  return undefined;
}

async function redirectTo(req: Request, res: Response, days: Record<string, CivilDate>): Promise<void> {
  const params = new URLSearchParams({ ...days, ...(isCsv(req) && { format: 'csv' }) });
  await seeOther(req, res, `${req.pathname}?${params.toString()}`);
}
