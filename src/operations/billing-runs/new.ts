import { Router, type Request, type Response } from 'express';
import { runTimes } from '../../domain/billing-run/billing-run.ts';
import { planBilling, type PlannedBatch, type PlannedBill } from '../../domain/billing-run/plan-billing.ts';
import { findBilling } from '../../domain/billing/billing-settings.ts';
import { oneYearAfter } from '../../domain/billing/billing-period.ts';
import { isCivilDate, type CivilDate } from '../../domain/billing/civil-date.ts';
import type { CsvCell, CsvRows } from '../../csv.ts';
import { toAsciiDigits } from '../../digits.ts';
import { sendCsv } from '../../documents/send-document.ts';
import type { FieldError } from '../../domain/form/parse-values.ts';
import { emptyForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { isCsv } from '../../http/read-list.ts';
import { toDecimal } from '../../locales/currencies.ts';
import { withErrors } from '../form-errors.ts';

const MAX_SHOWN = 25;
/** More are only in the file. */
const MAX_COUNTED = 20_000;

const FILE_HEADINGS = ['Issued', 'Due', 'Customer', 'Units', 'From', 'To', 'Amount', 'Currency', 'Draft'];

export const newBillingRun = Router();

newBillingRun.get('/new', may('invoices.issue'), async (req, res) => {
  const [billing] = await req.readTenant((db) => [findBilling(db)]);
  const { today } = billing;
  const times = runTimes(billing);
  const given = req.query['as_of'];
  if (typeof given !== 'string') return showForm(res, { today, times, as_of: today, form: emptyForm });
  const as_of = toAsciiDigits(given.trim());
  const error = dayError(as_of, today);
  if (error)
    return showForm(res.status(422), {
      today,
      times,
      as_of,
      form: withErrors({ as_of: given }, { errors: [error] }),
    });
  if (isCsv(req)) return sendCsv(res, `billing-${as_of}`, FILE_HEADINGS, csvRows(req, as_of));
  showForm(res, { today, times, as_of, form: emptyForm, plan: await readPlan(req, as_of) });
});

function dayError(day: string, today: CivilDate): FieldError | undefined {
  const field = 'as_of';
  if (!isCivilDate(day)) return { field, code: 'invalid_date' };
  return day > oneYearAfter(today) ? { field, code: 'date_too_late' } : undefined;
}

interface Plan {
  /** The first of them. */
  bills: readonly PlannedBill[];
  count: number;
  has_more: boolean;
  errors: number;
  /** By currency. */
  totals: readonly { currency: string; total_cents: bigint }[];
  /** By the month in which the invoices are issued, and currency. */
  months: readonly MonthSum[];
}

interface MonthSum {
  month: string;
  currency: string;
  count: number;
  total_cents: bigint;
}

interface Shown {
  today: CivilDate;
  times: ReturnType<typeof runTimes>;
  as_of: string;
  form: Form;
  plan?: Plan;
}

function showForm(res: Response, { plan, ...shown }: Shown): void {
  res.page('operations/billing-runs/new', {
    title: 'Bill rentals',
    ...shown,
    plan: plan ?? null,
  });
}

async function readPlan(req: Request, asOf: CivilDate): Promise<Plan> {
  const bills: PlannedBill[] = [];
  const sums = new Map<string, MonthSum>();
  let [count, errors, hasMore] = [0, 0, false];
  for await (const batch of batches(req, asOf)) {
    errors += batch.errors;
    bills.push(...batch.bills.slice(0, MAX_SHOWN - bills.length));
    count += batch.bills.length;
    for (const bill of batch.bills) addToMonth(sums, bill);
    hasMore = count >= MAX_COUNTED && batch.next !== null;
    if (hasMore) break;
  }
  const months = [...sums].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, sum]) => sum);
  return {
    bills,
    count,
    errors,
    has_more: hasMore,
    months,
    totals: totalsOf(months),
  };
}

function addToMonth(sums: Map<string, MonthSum>, { issued_on, currency, total_cents }: PlannedBill): void {
  const month = issued_on.slice(0, 7);
  const key = `${month} ${currency}`;
  const sum = sums.get(key) ?? { month, currency, count: 0, total_cents: 0n };
  sums.set(key, { ...sum, count: sum.count + 1, total_cents: sum.total_cents + total_cents });
}

function totalsOf(months: readonly MonthSum[]): Plan['totals'] {
  const totals = new Map<string, bigint>();
  for (const { currency, total_cents } of months)
    totals.set(currency, (totals.get(currency) ?? 0n) + total_cents);
  return [...totals].map(([currency, total_cents]) => ({ currency, total_cents }));
}

function batches(req: Request, asOf: CivilDate): AsyncGenerator<PlannedBatch> {
  return planBilling((work) => req.inTenant(work), asOf);
}

async function* csvRows(req: Request, asOf: CivilDate): AsyncGenerator<CsvRows> {
  for await (const { bills } of batches(req, asOf)) yield bills.map(csvRow);
}

function csvRow(bill: PlannedBill): CsvCell[] {
  const { issued_on, due_on, customer, units, starts_on, ends_on, total_cents, currency, is_draft } = bill;
  const amount = { decimal: toDecimal(total_cents, currency) };
  return [issued_on, due_on, customer, units, starts_on, ends_on, amount, currency, is_draft ? 'yes' : 'no'];
}
