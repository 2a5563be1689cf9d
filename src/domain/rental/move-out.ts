import { pick, selectRows } from '../../database/columns.ts';
import { NIL_ID } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { formatters, staffLocale } from '../../locales/locales.ts';
import { systemActor, type Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { lockAccount, lockAccounts } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import { amountStep } from '../billing/money.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { amountText } from '../invoice/draft-actions.ts';
import { calculateLine, totalsOf, type InvoiceLine } from '../invoice/invoice-lines.ts';
import { lockUnits } from '../unit/unit-queries.ts';
import { planRental } from './bill-rentals.ts';
import { readBilledRentals, type RentalToBill } from './billed-rentals.ts';
import { closeRequests } from './close-requests.ts';
import { creditAfter, draftError, issueCredits, sumCredited, type CreditedLine } from './credit-rest.ts';
import { depositError, settleDeposit, type DepositValues, type SettlementResult } from './deposit.ts';
import { billDuePeriods } from './notice.ts';
import { refundAddedCredit } from '../payment/refund-actions.ts';
import { queueRentalEmails } from './queue-rental-emails.ts';
import { lockRental, lockRentalRows, updateRental, type LockedRental } from './lock-rental.ts';
import type { Rental } from './rental-queries.ts';
import { listBilledLines, type BilledLine } from './billed-lines.ts';
import { nextPeriodBefore } from './rental.ts';
import { recomputeOccupancy } from './renting.ts';

export interface MoveOutQuote {
  ends_on: CivilDate;
  /** Given back of what was billed. */
  credits: readonly CreditedLine[];
  credit_cents: bigint;
  /** Still to be billed up to the last day. */
  charges: readonly InvoiceLine[];
  charge_cents: bigint;
  /** To be paid if positive, to be returned if negative. Without the deposit. */
  total_cents: bigint;
}

/** What a move-out on the day costs and gives back. `lines` are those that were billed. Nothing is stored. */
export function calculateMoveOut(
  billing: Billing,
  rental: RentalToBill,
  lines: readonly BilledLine[],
  ends_on: CivilDate,
): MoveOutQuote {
  const credits = creditAfter(billing, rental, lines, ends_on);
  const next_period_on = nextPeriodBefore(rental.next_period_on, ends_on);
  const plan = planRental(billing, { ...rental, ends_on, next_period_on }, ends_on);
  const charges = plan.invoices
    .flatMap((invoice) => invoice.lines)
    .map((line, n) => calculateLine(line, n + 1, amountStep(rental.currency)));
  const [credit_cents, charge_cents] = [sumCredited(credits), totalsOf(charges).total_cents];
  return { ends_on, credits, credit_cents, charges, charge_cents, total_cents: charge_cents - credit_cents };
}

export async function quoteMoveOut(
  db: TenantDb,
  billing: Billing,
  { id }: { id: string },
  ends_on: CivilDate,
): Promise<MoveOutQuote> {
  const [rental] = await readBilledRentals(db, [id]);
  return calculateMoveOut(billing, rental!, await listBilledLines(db, id), ends_on);
}

export interface MoveOutValues extends DepositValues {
  id: string;
  /** Null: the unit is available. */
  blocked_reason: string | null;
}

/** Bills and gives back what the last day leaves, settles the deposit and frees the unit. @throws {NotFound} */
export async function completeMoveOut(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, blocked_reason, ...values }: MoveOutValues,
): Promise<SettlementResult> {
  const locked = await lockRental(db, id);
  const { rental, unit } = locked;
  const error = completionError(billing, locked) ?? depositError(locked, values);
  if (error) return refuse(error);
  const refused = await endRental(db, actor, billing, locked);
  if (refused) return refused;
  const account = await lockAccount(db, rental.billing_account_id);
  await settleDeposit(db, actor, billing, { ...locked, account }, values);
  updateRental(db, rental, { ...endedColumns, deposit_settled_on: billing.today });
  if (blocked_reason !== null) blockUnit(db, actor, locked, blocked_reason);
  recomputeOccupancy(db, [unit.id]);
  const refund_ids = values.is_refunded ? await refundAddedCredit(db, actor, billing, locked.account) : [];
  return { ok: true, rental: { id, unit_code: unit.code }, refund_ids };
}

function completionError({ today }: Billing, { rental }: LockedRental): FieldError | undefined {
  const { status, ends_on } = rental;
  if (status !== 'active') return { field: 'kept', code: 'rental_not_active' };
  if (ends_on === null) return { field: 'kept', code: 'no_notice' };
  if (ends_on > today) return { field: 'kept', code: 'not_moved_out_yet', params: { day: ends_on } };
  return undefined;
}

const endedColumns = {
  status: 'ended',
  next_period_on: null,
  locked_out_at: null,
  locked_out_reason: null,
} as const;

/** Without the deposit and the columns of the rental. */
async function endRental(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { rental, unit, account }: LockedRental,
): Promise<RefusedValues | undefined> {
  const { id } = rental;
  const ends_on = rental.ends_on!;
  const [toBill] = await readBilledRentals(db, [id]);
  const credited = creditAfter(billing, toBill!, await listBilledLines(db, id), ends_on);
  const refused = draftError(credited, 'kept');
  if (refused) return refused;
  const emailed = { ...rental, unit_code: unit.code, on: ends_on };
  await queueRentalEmails(db, billing, 'moveOutCompleted', [emailed]);
  await billDuePeriods(db, billing, { rental, account }, ends_on);
  const day = formatters(staffLocale(billing.locale), billing.time_zone).formatDay(ends_on);
  const reason = `Moved out of unit ${unit.code} on ${day}`;
  const error = await issueCredits(db, actor, billing, { account, credited, reason });
  if (error) return error;
  closeRequests(db, actor, billing, { rental_ids: [id], status: 'completed' });
  recordAudit(db, actor, {
    event: 'rental.ended',
    target: { type: 'rental', id, name: unit.code },
    changes: {
      last_day: [null, ends_on],
      ...(credited.length > 0 && { credit: [null, amountText(sumCredited(credited), account.currency)] }),
    },
  });
  return undefined;
}

function blockUnit(db: TenantDb, actor: Actor, { unit }: LockedRental, reason: string): void {
  db.defer(
    db
      .from('units')
      .where({ id: unit.id })
      .update({ status: 'blocked', blocked_reason: reason, version: unit.version + 1 }),
  );
  recordAudit(db, actor, {
    event: 'unit.blocked',
    target: { type: 'unit', id: unit.id, name: unit.code },
    changes: { reason: [null, reason] },
  });
}

export const MAX_ENDED = 50;

export type RentalToEnd = Pick<Rental, 'id' | 'unit_id' | 'billing_account_id'>;

/**
 * Ends rentals whose last day has passed; staff settle their deposits. Returns how many were ended: fewer than the limit
 * of one transaction when none is left. Skips rentals with a draft invoice for days after their end.
 */
export async function endDueRentals(db: TenantDb, billing: Billing): Promise<number> {
  return endRentals(db, billing, await listRentalsToEnd(db, billing));
}

/** Of those rentals that are still to be ended. Returns how many. */
export async function endRentals(
  db: TenantDb,
  billing: Billing,
  due: readonly RentalToEnd[],
): Promise<number> {
  const actor = systemActor('Billing run');
  const units = await lockUnits(
    db,
    due.map(({ unit_id }) => unit_id),
  );
  await lockAccounts(
    db,
    due.map(({ billing_account_id }) => billing_account_id),
  );
  const rentals = await lockRentalRows(
    db,
    due.map(({ id }) => id),
  );
  const ended = rentals.filter(
    ({ status, ends_on }) => status === 'active' && ends_on !== null && ends_on < billing.today,
  );
  for (const rental of ended) {
    const unit = units.get(rental.unit_id)!;
    // The rental before may have changed the credit of the account.
    const account = await lockAccount(db, rental.billing_account_id);
    const refused = await endRental(db, actor, billing, { rental, unit, account, units });
    if (refused) throw new Error(`Rental ${rental.id} cannot end: ${refused.errors[0]!.code}`);
    const deposit_settled_on = rental.deposit_cents === 0n ? billing.today : rental.deposit_settled_on;
    updateRental(db, rental, { ...endedColumns, deposit_settled_on });
  }
  recomputeOccupancy(db, [...units.keys()]);
  return ended.length;
}

/** Those after the id `after`. */
export function listRentalsToEnd(db: TenantDb, { today }: Billing, after = NIL_ID) {
  const rentals = db
    .from('rentals as r')
    .where('r.status', 'active')
    .where('r.ends_on', '<', today)
    .whereRaw(
      `not exists (select 1 from rental_periods p
         join invoices i on i.tenant_id = ? and i.id = p.invoice_id
         where p.tenant_id = ? and p.rental_id = r.id and p.ends_on > r.ends_on and i.status = 'draft')`,
      [db.tenantId, db.tenantId],
    )
    .where('r.id', '>', after)
    .orderBy('r.id')
    .limit(MAX_ENDED);
  return selectRows(rentals, pick('rentals as r', 'id', 'unit_id', 'billing_account_id'));
}
