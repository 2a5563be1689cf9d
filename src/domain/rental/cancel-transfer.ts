import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudits } from '../audit/record-audit.ts';
import { lockAccount, type BillingAccount } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays, type CivilDate } from '../billing/civil-date.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import type { Line } from '../invoice/invoice-queries.ts';
import { lockUnits, type Unit } from '../unit/unit-queries.ts';
import type { BilledInvoice } from './bill-rentals.ts';
import { closeTransferRequest } from './close-requests.ts';
import { occupancyError } from './free-unit.ts';
import { lockRentalRows, updateRental } from './lock-rental.ts';
import { billWithoutEnd, firstUnbilledDay } from './notice.ts';
import { queueRentalEmails } from './queue-rental-emails.ts';
import { rentalColumns, type Rental } from './rental-queries.ts';
import { isBilledOf, takeBackInvoices, type TakenBack } from './take-back-invoices.ts';
import { listTransferLines, unmarkGivenBack, type TransferLine } from './transfer-lines.ts';
import { useCredit } from './use-credit.ts';
import { recomputeOccupancy } from './renting.ts';

/** The rental of the present unit and the reservation of the new one. */
interface LockedTransfer {
  old: Rental;
  next: Rental;
  oldUnit: Unit;
  nextUnit: Unit;
  account: BillingAccount;
}

export type CancelledTransfer =
  | {
      ok: true;
      rental: Pick<Rental, 'id' | 'starts_on'> & { unit_code: string; new_unit_code: string };
      taken: readonly TakenBack[];
      /** Of the present unit. */
      invoices: readonly BilledInvoice[];
    }
  | RefusedValues;

/**
 * Before the day of the transfer: what it has billed is taken back, and the rental with this id goes on as before.
 *
 * @throws {NotFound}
 */
export async function cancelTransfer(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, reason }: { id: string; reason: string },
): Promise<CancelledTransfer> {
  const locked = await lockTransfer(db, id);
  if (!locked) return refuse({ field: 'reason', code: 'no_transfer' });
  const { old, next, oldUnit, nextUnit } = locked;
  const lines = await listTransferLines(db, next.id);
  const error = await cancellationError(db, billing, locked, lines);
  if (error) return refuse(error);
  const includes = isOfTransfer(old.id, next.id);
  const result = await takeBackInvoices(db, actor, billing, { id: next.id, includes, reason });
  if (!result.ok) return result;
  unmarkGivenBack(
    db,
    lines.filter((line) => isGivenBack(line, old.id)),
  );
  const next_period_on = await firstUnbilledDay(db, old);
  storeCancellation(db, billing, locked, { next_period_on, deposit_cents: depositBefore(locked, lines) });
  const asked_by = await closeTransferRequest(db, old.id, reason);
  recordCancellation(db, actor, locked, reason);
  const emailed = { ...old, unit_code: oldUnit.code, on: next.starts_on, asked_by };
  const variables = { new_unit_code: nextUnit.code, reason };
  await queueRentalEmails(db, billing, 'transferCancelled', [emailed], variables);
  // What was taken back has changed the credit of the account.
  const account = await lockAccount(db, old.billing_account_id);
  const invoices = await billWithoutEnd(db, billing, { rental: old, account }, next_period_on);
  await useCredit(db, actor, billing, account.id);
  const codes = { unit_code: oldUnit.code, new_unit_code: nextUnit.code };
  return { ok: true, rental: { id, starts_on: next.starts_on, ...codes }, taken: result.taken, invoices };
}

/** The lines that are taken back. */
export function isOfTransfer(oldId: string, nextId: string) {
  return (line: Line) => isBilledOf(line, nextId) || isGivenBack(line, oldId);
}

/** Undefined without a transfer, or when another transaction has just cancelled it. */
async function lockTransfer(db: TenantDb, id: string): Promise<LockedTransfer | undefined> {
  const seen = found(await selectRow(db.visible('rentals as r').where('r.id', id), rentalColumns));
  const following = db.from('rentals').where({ transferred_from_id: id });
  const target = await selectRow(following, pick('rentals', 'id', 'unit_id'));
  if (!target) return undefined;
  const units = await lockUnits(db, [seen.unit_id, target.unit_id]);
  const account = await lockAccount(db, seen.billing_account_id);
  const rentals = await lockRentalRows(db, [id, target.id]);
  const [old, next] = [id, target.id].map((each) => found(rentals.find((rental) => rental.id === each)));
  if (next!.transferred_from_id !== id) return undefined;
  const [oldUnit, nextUnit] = [old!, next!].map(({ unit_id }) => found(units.get(unit_id)));
  return { old: old!, next: next!, oldUnit: oldUnit!, nextUnit: nextUnit!, account };
}

async function cancellationError(
  db: TenantDb,
  { today }: Billing,
  { old, next, oldUnit }: LockedTransfer,
  lines: readonly TransferLine[],
): Promise<FieldError | undefined> {
  const field = 'reason';
  const { starts_on } = next;
  const begun = begunError(today, old, { ...next, old_unit_code: oldUnit.code });
  if (begun) return begun;
  // Invoices of an earlier version do not store which lines they give back.
  if (lines.some((line) => isGivenBack(line, old.id) && line.credits_invoice_id === null))
    return { field, code: 'transfer_not_traceable', params: { day: starts_on } };
  return occupancyError(db, oldUnit, { from: addDays(old.ends_on!, 1), to: null, except: old.id }, field);
}

/** Why the transfer cannot be cancelled any longer. */
export function begunError(
  today: CivilDate,
  old: Pick<Rental, 'status'>,
  { status, starts_on, old_unit_code }: Pick<Rental, 'status' | 'starts_on'> & { old_unit_code: string },
): FieldError | undefined {
  const field = 'reason';
  if (status !== 'reserved' || starts_on <= today)
    return { field, code: 'transfer_begun', params: { day: starts_on } };
  if (old.status === 'active') return undefined;
  return { field, code: 'moved_out_already', params: { unit: old_unit_code } };
}

/** Days of the present unit that the transfer has given back. */
export function isGivenBack({ rental_id, kind }: Pick<Line, 'rental_id' | 'kind'>, oldId: string): boolean {
  return rental_id === oldId && kind === 'proration';
}

/** A part of it may have been credited since the transfer. */
function depositBefore({ old, next }: LockedTransfer, lines: readonly TransferLine[]): bigint {
  const difference = lines
    .filter(
      ({ rental_id, kind, status }) => rental_id === next.id && kind === 'deposit' && status !== 'deleted',
    )
    .reduce((sum, line) => {
      const rest = line.net_cents - line.credited_net_cents;
      return line.invoice_kind === 'invoice' ? sum + rest : sum - rest;
    }, 0n);
  const left = next.deposit_cents > difference ? next.deposit_cents - difference : 0n;
  return left < old.deposit_cents ? left : old.deposit_cents;
}

function storeCancellation(
  db: TenantDb,
  billing: Billing,
  { old, next, oldUnit, nextUnit }: LockedTransfer,
  restored: Pick<Rental, 'next_period_on' | 'deposit_cents'>,
): void {
  updateRental(db, next, {
    status: 'cancelled',
    next_period_on: null,
    // Another transfer of the old rental may follow.
    transferred_from_id: null,
    deposit_settled_on: billing.today,
  });
  updateRental(db, old, { ends_on: null, notice_given_on: null, deposit_settled_on: null, ...restored });
  recomputeOccupancy(db, [oldUnit.id, nextUnit.id]);
}

function recordCancellation(
  db: TenantDb,
  actor: Actor,
  { old, next, oldUnit, nextUnit }: LockedTransfer,
  reason: string,
): void {
  const changes = {
    unit: [nextUnit.code, oldUnit.code],
    first_day: [next.starts_on, null],
    reason: [null, reason],
  };
  recordAudits(
    db,
    actor,
    [
      { id: old.id, name: oldUnit.code },
      { id: next.id, name: nextUnit.code },
    ].map((target) => ({
      event: 'rental.transfer_cancelled' as const,
      target: { type: 'rental' as const, ...target },
      changes,
    })),
  );
}
