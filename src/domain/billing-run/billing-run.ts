import * as z from 'zod';
import type { Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { addDays, civilDate, type CivilDate } from '../billing/civil-date.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { instantOf } from '../billing/local-time.ts';

/** In the order in which a command runs them. */
export const runKinds = ['rent', 'autopay', 'reminders', 'late_fees', 'statements'] as const;

export type RunKind = (typeof runKinds)[number];

export type RunStatus = Row<'billing_runs'>['status'];

/** Local times. */
export function runTimes({ autopay_time }: Pick<Billing, 'autopay_time'>): Record<RunKind, string> {
  return {
    rent: '00:15',
    late_fees: '01:00',
    statements: '08:00',
    autopay: autopay_time,
    reminders: '14:00',
  };
}

export const runTitles: Record<RunKind, string> = {
  rent: 'Invoices of rentals',
  autopay: 'Autopay',
  late_fees: 'Late fees and lock-outs',
  reminders: 'Reminders',
  statements: 'Statements',
};

/** Something that a run could not process. */
export interface RunFailure {
  id: string;
  /** Undefined for a row without a page. */
  path: string | undefined;
  name: string;
  error: string;
}

/** Statements are made on the first day of a month for the month before, the rest every day. */
export async function nextRunAt(
  kind: RunKind,
  billing: Pick<Billing, 'now' | 'today' | 'time_zone' | 'autopay_time'>,
): Promise<Date> {
  const { now, today, time_zone } = billing;
  const days = kind === 'statements' ? firstDays(today) : [today, addDays(today, 1)];
  for (const day of days) {
    const at = await instantOf(day, runTimes(billing)[kind], time_zone);
    if (at > now) return at;
  }
  throw new Error(`There is no next run after ${today}`);
}

/** Of this month and of the next one. */
function firstDays(today: CivilDate): CivilDate[] {
  const first = firstOfMonth(today);
  return [first, firstOfMonth(addDays(first, 31))];
}

export function firstOfMonth(date: CivilDate): CivilDate {
  return civilDate(Number(date.slice(0, 4)), Number(date.slice(5, 7)), 1);
}

/** Due at once: the first run of a tenant finds nothing and sets the time of the next one. */
export function newSchedules(db: TenantDb) {
  return runKinds.map((kind) => ({ kind, next_run_at: db.raw<Date>(db.now) }));
}

export const runInput = z.object({ kind: z.enum(runKinds) });
