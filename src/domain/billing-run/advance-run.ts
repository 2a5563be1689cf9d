import { pick, selectRow } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import { systemActor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { getBilling, type Billing } from '../billing/billing-settings.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import { instantOf } from '../billing/local-time.ts';
import { amountText } from '../invoice/draft-actions.ts';
import { announceCharges, announceScheduled } from './announce-charges.ts';
import { billDueRentals } from './bill-due-rentals.ts';
import {
  firstOfMonth,
  nextRunAt,
  runTimes,
  runTitles,
  type RunFailure,
  type RunKind,
} from './billing-run.ts';
import { chargeDueInvoices } from './charge-due-invoices.ts';
import { chargeLateFees } from './charge-late-fees.ts';
import { endDueRentals, expireReservations, lockOutOverdue, startDueReservations } from './rental-steps.ts';
import { processRows, type AnyRunStep, type Place, type RunContext } from './run-step.ts';
import { sendReminders } from './send-reminders.ts';
import { sendStatements } from './send-statements.ts';
import { warnOfExpiry } from './warn-of-expiry.ts';

/** In their order. */
const steps: Record<RunKind, readonly AnyRunStep[]> = {
  rent: [expireReservations, endDueRentals, startDueReservations, billDueRentals],
  autopay: [chargeDueInvoices, announceCharges, announceScheduled, warnOfExpiry],
  late_fees: [chargeLateFees, lockOutOverdue],
  reminders: [sendReminders],
  statements: [sendStatements],
};

const MAX_FAILURES = 100;

export interface RunInput {
  kind: RunKind;
  /** Acts as if this was the day. Undefined: the day on which the run starts. */
  local_date?: CivilDate | undefined;
  /** Rent is billed up to this day only. */
  as_of?: CivilDate | undefined;
}

/** Where a run is. Stored as JSON together with the work. */
export interface RunProgress {
  local_date: CivilDate;
  step: number;
  after: Place | null;
  processed: number;
  invoices: number;
  /** Minor units. */
  amount: string;
  errors: number;
  failures: readonly RunFailure[];
  state: 'running' | 'finished' | 'suspended';
}

/** Processes the next batch in this transaction. `progress` is null at the start of a run. */
export async function advanceRun(
  db: TenantDb,
  input: RunInput,
  progress: RunProgress | null,
): Promise<RunProgress> {
  const { status } = found(await selectRow(db.tenant(), pick('tenants', 'status')));
  const current = await getBilling(db);
  const started = progress ?? startRun(db, input, current);
  // The run begins again when the tenant is resumed.
  if (status !== 'active') return suspendRun(db, input, started);
  const billing = await billingOn(current, input, started.local_date);
  const step = steps[input.kind][started.step];
  if (!step) return finishRun(db, input, current, started);
  return runStep(db, step, { billing, as_of: input.as_of ?? billing.today }, started);
}

/** A run that is interrupted continues with the present day, so that no invoice is issued on a day of the past. */
async function billingOn(
  current: Billing,
  { kind, local_date }: RunInput,
  started: CivilDate,
): Promise<Billing> {
  // Statements are of the month before the run started.
  if (kind === 'statements') return { ...current, today: started };
  if (local_date === undefined || local_date === current.today) return current;
  return {
    ...current,
    today: local_date,
    now: await instantOf(local_date, runTimes(current)[kind], current.time_zone),
  };
}

function startRun(db: TenantDb, input: RunInput, billing: Billing): RunProgress {
  const { kind } = input;
  const today = input.local_date ?? billing.today;
  // There is one statement for a month, however late.
  const local_date = kind === 'statements' ? firstOfMonth(today) : today;
  db.defer(
    db.raw(
      `insert into billing_runs (tenant_id, id, kind, local_date) values (?, ?, ?, ?)
       on conflict (tenant_id, kind, local_date) do update set status = 'running'`,
      [db.tenantId, newId(), kind, local_date],
    ),
  );
  // The others were left by tasks that failed.
  db.defer(
    db
      .from('billing_runs')
      .where({ kind, status: 'running' })
      .where('local_date', '<', local_date)
      .update({ status: 'failed' }),
  );
  const counts = { processed: 0, invoices: 0, amount: '0', errors: 0, failures: [] };
  return { local_date, step: 0, after: null, ...counts, state: 'running' };
}

async function runStep(
  db: TenantDb,
  step: AnyRunStep,
  context: RunContext,
  progress: RunProgress,
): Promise<RunProgress> {
  const { rows, next } = await step.list(db, context, progress.after);
  const { failures, ...done } = await processRows(db, context, step, rows);
  return {
    ...progress,
    step: next === null ? progress.step + 1 : progress.step,
    after: next,
    processed: progress.processed + rows.length,
    invoices: progress.invoices + done.invoices,
    amount: String(BigInt(progress.amount) + done.amount_cents),
    errors: progress.errors + failures.length,
    failures: [...progress.failures, ...failures].slice(0, MAX_FAILURES),
  };
}

async function suspendRun(db: TenantDb, { kind }: RunInput, progress: RunProgress): Promise<RunProgress> {
  await db
    .from('billing_schedules')
    .where({ kind })
    .update({ next_run_at: db.raw(db.now) });
  return { ...progress, state: 'suspended' };
}

async function finishRun(
  db: TenantDb,
  input: RunInput,
  billing: Billing,
  progress: RunProgress,
): Promise<RunProgress> {
  const { kind } = input;
  const { local_date, invoices, amount, errors, failures } = progress;
  // Two runs at the same time add up.
  await db.raw(
    `update billing_runs set status = 'finished', invoices = invoices + ?, amount_cents = amount_cents + ?::bigint,
       errors = errors + ?, failures = ?::jsonb, finished_at = now()
     where tenant_id = ? and kind = ? and local_date = ?`,
    [invoices, amount, errors, JSON.stringify(failures), db.tenantId, kind, local_date],
  );
  await scheduleNext(db, input, billing);
  const { name } = found(await selectRow(db.tenant(), pick('tenants', 'name')));
  recordAudit(db, systemActor('Billing run'), {
    event: 'billing_run.finished',
    target: { type: 'tenant', id: db.tenantId, name },
    outcome: errors > 0 ? 'failure' : 'success',
    changes: {
      run: [null, runTitles[kind]],
      local_date: [null, local_date],
      invoices: [null, invoices],
      ...(BigInt(amount) !== 0n && { total: [null, amountText(BigInt(amount), billing.currency)] }),
      ...(errors > 0 && { errors: [null, errors] }),
    },
  });
  return { ...progress, state: 'finished' };
}

async function scheduleNext(db: TenantDb, { kind, local_date }: RunInput, billing: Billing): Promise<void> {
  if (local_date !== undefined) return;
  const next_run_at = await nextRunAt(kind, billing);
  await db.from('billing_schedules').where({ kind }).update({ next_run_at });
}
