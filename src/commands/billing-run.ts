import { asPlatform } from '../database/as-platform.ts';
import { inTenant } from '../database/in-tenant.ts';
import type { Database } from '../database/pools.ts';
import { getBilling, type Billing } from '../domain/billing/billing-settings.ts';
import { oneYearAfter } from '../domain/billing/billing-period.ts';
import { addDays, isCivilDate, type CivilDate } from '../domain/billing/civil-date.ts';
import type { RunInput, RunProgress } from '../domain/billing-run/advance-run.ts';
import { firstOfMonth, runTitles, type RunKind } from '../domain/billing-run/billing-run.ts';
import { closePagesToCharge } from '../domain/billing-run/charge-due-invoices.ts';
import { planBilling } from '../domain/billing-run/plan-billing.ts';
import { chargeDeps } from '../gateways/charge-deps.ts';
import { toDecimal } from '../locales/currencies.ts';
import { createLog } from '../log.ts';
import { runToEnd } from '../tasks/billing-runs.ts';
import { command, CommandFailed, getTenant, withDatabase, WrongUsage, type Call } from './command.ts';

const options = {
  tenant: { type: 'string' },
  'as-of': { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const;

export const billingRun = command({
  options,
  required: ['tenant'],
  run: (call) =>
    withDatabase(call.config, async ({ database }) => {
      const tenant = await asPlatform(database, (db) => getTenant(db, call.options.tenant!));
      const billing = await inTenant(database, tenant.id, getBilling);
      const asOf = readDay(call, billing);
      if (call.options['dry-run']) return printPlan(call, database, tenant.id, asOf);
      if (tenant.status !== 'active') throw new CommandFailed(`${tenant.name} is suspended.`);
      await runAndPrint(call, database, tenant.id, { billing, asOf });
    }),
});

function readDay({ config, options: given }: Call<typeof options>, { today }: Billing): CivilDate {
  const day = given['as-of'] ?? today;
  if (!isCivilDate(day)) throw new WrongUsage('--as-of takes a day like 2026-03-31.');
  if (day > oneYearAfter(today)) throw new CommandFailed('--as-of is at most a year ahead.');
  if (day > today && !given['dry-run'] && config.clockOffsetMs === 0)
    throw new CommandFailed('A day after today needs --dry-run or PORTAL_CLOCK.');
  return day;
}

async function printPlan(
  { print, options: given }: Call<typeof options>,
  database: Database,
  tenantId: string,
  asOf: CivilDate,
): Promise<void> {
  const lines: string[] = [];
  const totals = new Map<string, bigint>();
  let [invoices, errors] = [0, 0];
  for await (const batch of planBilling((work) => inTenant(database, tenantId, work), asOf)) {
    invoices += batch.bills.length;
    errors += batch.errors;
    for (const { due_on, customer, units, starts_on, ends_on, total_cents, currency } of batch.bills) {
      totals.set(currency, (totals.get(currency) ?? 0n) + total_cents);
      const amount = `${toDecimal(total_cents, currency)} ${currency}`;
      lines.push(`${customer}, ${units}, ${starts_on} to ${ends_on}: ${amount}, due ${due_on}`);
    }
  }
  const sums = Object.fromEntries([...totals].map(([currency, sum]) => [currency, toDecimal(sum, currency)]));
  const result = { tenant: given.tenant, as_of: asOf, dry_run: true, invoices, totals: sums, errors };
  print(result, [...lines, summary(invoices, sums, errors)]);
}

interface Days {
  billing: Billing;
  asOf: CivilDate;
}

async function runAndPrint(
  { config, print, options: given }: Call<typeof options>,
  database: Database,
  tenantId: string,
  { billing, asOf }: Days,
): Promise<void> {
  const deps = chargeDeps({ config, database, log: createLog('error') });
  const lines: string[] = [];
  let [invoices, amount, errors] = [0, 0n, 0];
  for (const input of inputsOf(billing.today, asOf)) {
    if (input.kind === 'autopay') await closePagesToCharge(deps, tenantId);
    const progress = await runToEnd(database, tenantId, input);
    if (issues(input.kind)) {
      invoices += progress.invoices;
      amount += BigInt(progress.amount);
    }
    errors += progress.errors;
    if (progress.processed > 0) lines.push(...runLines(input.kind, progress, billing.currency));
  }
  const sums = { [billing.currency]: toDecimal(amount, billing.currency) };
  const result = { tenant: given.tenant, as_of: asOf, dry_run: false, invoices, totals: sums, errors };
  print(result, [...lines, summary(invoices, sums, errors)]);
}

/** Others charge invoices or send emails. */
function issues(kind: RunKind): boolean {
  return kind === 'rent' || kind === 'late_fees';
}

/** What would have run each night up to the day. For an earlier day, only rent is billed. */
function inputsOf(today: CivilDate, asOf: CivilDate): RunInput[] {
  if (asOf < today) return [{ kind: 'rent', as_of: asOf }];
  const kinds = (day: CivilDate): RunKind[] => [
    'rent',
    'autopay',
    'reminders',
    'late_fees',
    ...(day === firstOfMonth(day) ? (['statements'] as const) : []),
  ];
  const inputs: RunInput[] = kinds(today).map((kind) => ({ kind }));
  for (let day = addDays(today, 1); day <= asOf; day = addDays(day, 1))
    inputs.push(...kinds(day).map((kind) => ({ kind, local_date: day })));
  return inputs;
}

function runLines(kind: RunKind, progress: RunProgress, currency: string): string[] {
  const { local_date, invoices, amount, errors, failures } = progress;
  const sum = `${toDecimal(BigInt(amount), currency)} ${currency}`;
  return [
    `${local_date} ${runTitles[kind]}: ${invoices} · ${sum}${errors > 0 ? ` · errors: ${errors}` : ''}`,
    ...failures.map(({ name, id, error }) => `  ${name} ${id}: ${error}`),
  ];
}

function summary(invoices: number, sums: Readonly<Record<string, string>>, errors: number): string {
  const total = Object.entries(sums).map(([currency, sum]) => `${sum} ${currency}`);
  return `Invoices: ${invoices}. Total: ${total.join(', ') || '0'}. Errors: ${errors}.`;
}
