import type { TenantDb } from '../../database/tenant-db.ts';
import type { Billing } from '../billing/billing-settings.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import type { RunFailure } from './billing-run.ts';

export interface RunContext {
  billing: Billing;
  /** Rent is billed as if this was the day; the day of issue is that of `billing`. */
  as_of: CivilDate;
}

/** What was stored. The amount is that of invoices in the currency of the tenant. */
export interface Done {
  invoices: number;
  amount_cents: bigint;
}

/** The values of the order columns of the last row of a batch. */
export type Place = readonly string[];

export interface Batch<Row> {
  rows: readonly Row[];
  /** Null after the last batch. */
  next: Place | null;
}

export interface RunStep<Row> {
  /** Reads without locks. `after` is null for the first batch. */
  list(db: TenantDb, context: RunContext, after: Place | null): Promise<Batch<Row>>;
  /** Locks the rows and ignores those that another run has processed since. */
  process(db: TenantDb, context: RunContext, rows: readonly Row[]): Promise<Done>;
  describe(row: Row): Omit<RunFailure, 'error'>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- each step knows its own rows
export type AnyRunStep = RunStep<any>;

export const NOTHING: Done = { invoices: 0, amount_cents: 0n };

/** Processes the rows together; if that fails, in halves, so that a row that cannot be processed stops no other one. */
export async function processRows<Row>(
  db: TenantDb,
  context: RunContext,
  step: RunStep<Row>,
  rows: readonly Row[],
): Promise<Done & { failures: RunFailure[] }> {
  if (rows.length === 0) return { ...NOTHING, failures: [] };
  let done = NOTHING;
  const error = await db.catchWrongData(async () => {
    done = await step.process(db, context, rows);
  });
  if (!error) return { ...done, failures: [] };
  if (rows.length === 1)
    return { ...NOTHING, failures: [{ ...step.describe(rows[0]!), error: error.message.slice(-300) }] };
  const half = Math.ceil(rows.length / 2);
  const first = await processRows(db, context, step, rows.slice(0, half));
  const second = await processRows(db, context, step, rows.slice(half));
  return {
    invoices: first.invoices + second.invoices,
    amount_cents: first.amount_cents + second.amount_cents,
    failures: [...first.failures, ...second.failures],
  };
}

/** Of rows that were read with a limit. */
export function batchOf<Row>(rows: readonly Row[], limit: number, placeOf: (row: Row) => Place): Batch<Row> {
  const last = rows.at(-1);
  return { rows, next: rows.length < limit || !last ? null : placeOf(last) };
}
