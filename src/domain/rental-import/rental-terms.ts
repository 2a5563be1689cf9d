import { cycleOf, oneYearAfter, type BillingCycle } from '../billing/billing-period.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays, type CivilDate } from '../billing/civil-date.ts';
import { intervals, nextPeriodBefore, nextPeriodStart } from '../rental/rental.ts';
import type { RentalCells } from './rental-row-context.ts';
import type { RowError } from '../import/row.ts';

/** What was not billed elsewhere is billed at once, so not for longer. */
const MAX_UNBILLED_DAYS = 366;

/** The days of an imported rental. */
export interface RentalTerms {
  status: 'reserved' | 'active' | 'ended';
  starts_on: CivilDate;
  ends_on: CivilDate | null;
  cycle: BillingCycle;
  /** Nothing up to this day is billed. */
  billed_until: CivilDate;
  /** Null: nothing is left to bill. */
  next_period_on: CivilDate | null;
}

/** An ended rental is history: nothing of it is billed. */
export function termsOf(
  { today }: Pick<Billing, 'today'>,
  { starts_on, interval = '1_month', billed_until, ...cells }: RentalCells & { starts_on: CivilDate },
  invoiceDay: number | null,
): RentalTerms {
  const ends_on = cells.ends_on ?? null;
  const status = ends_on !== null && ends_on < today ? 'ended' : starts_on > today ? 'reserved' : 'active';
  const cycle = cycleOf(starts_on, intervals[interval], invoiceDay);
  const until = billed_until ?? defaultUntil(today, { starts_on, ends_on, cycle });
  const next = status === 'ended' ? null : addDays(until, 1);
  const next_period_on = ends_on === null ? next : nextPeriodBefore(next, ends_on);
  return { status, starts_on, ends_on, cycle, billed_until: until, next_period_on };
}

/** The day before the next period. */
function defaultUntil(
  today: CivilDate,
  { starts_on, ends_on, cycle }: Pick<RentalTerms, 'starts_on' | 'ends_on' | 'cycle'>,
): CivilDate {
  const next = starts_on >= today ? starts_on : nextPeriodStart(cycle, today);
  const last = addDays(next, -1);
  return ends_on !== null && ends_on < last ? ends_on : last;
}

type Refuse = (column: string, error: Pick<RowError, 'code' | 'params'>) => void;

export function checkTerms(
  { today }: Pick<Billing, 'today'>,
  { starts_on, ends_on, billed_until, deposit = 0n }: RentalCells,
  refuse: Refuse,
): void {
  if (starts_on === undefined) return;
  if (starts_on > oneYearAfter(today)) refuse('starts_on', { code: 'date_too_late' });
  if (ends_on !== undefined && ends_on < starts_on) refuse('ends_on', { code: 'import_ends_before_start' });
  const isEnded = ends_on !== undefined && ends_on < today;
  if (deposit > 0n && (isEnded || starts_on > today)) refuse('deposit', { code: 'import_no_deposit_held' });
  if (billed_until === undefined) return;
  if (billed_until < addDays(starts_on, -1)) refuse('billed_until', { code: 'import_billed_before_start' });
  else if (ends_on !== undefined && billed_until > ends_on)
    refuse('billed_until', { code: 'import_billed_after_end' });
  else if (billed_until > oneYearAfter(oneYearAfter(today)))
    refuse('billed_until', { code: 'import_billed_too_late' });
  else if (!isEnded && billed_until < addDays(today, -MAX_UNBILLED_DAYS))
    refuse('billed_until', { code: 'date_too_early' });
}
