import { insertMany } from '../../database/insert-many.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { findBuyers } from '../billing-account/buyer.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays, type CivilDate } from '../billing/civil-date.ts';
import { rentError } from '../company/check-status.ts';
import type { Address } from '../email/queue-billing-emails.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { amountText } from '../invoice/draft-actions.ts';
import type { Unit } from '../unit/unit-queries.ts';
import {
  billInvoices,
  sourceKey,
  storeNextPeriods,
  totalOf,
  type BilledInvoice,
  type RentalInvoice,
} from './bill-rentals.ts';
import { closeRequests } from './close-requests.ts';
import { draftError, markCredited } from './credit-rest.ts';
import { occupancyError } from './free-unit.ts';
import { firstPrice } from './move-in.ts';
import { noticeError } from './notice.ts';
import type { RentalCharge } from './plan-periods.ts';
import { planTransfer, readTransferFacts, type TransferPlan, type TransferTarget } from './plan-transfer.ts';
import { queueRentalEmails } from './queue-rental-emails.ts';
import type { Rental } from './rental-queries.ts';
import { lockRental, updateRental, type LockedRental } from './lock-rental.ts';
import { useCredit } from './use-credit.ts';
import { recomputeOccupancy } from './renting.ts';

export interface TransferValues {
  id: string;
  to_unit_id: string;
  /** The first day in the new unit. */
  starts_on: CivilDate;
  /** Null: that of the new unit. */
  price: bigint | null;
  /** Null: that of its type. */
  deposit: bigint | null;
  /** The customer, if it is approved. */
  asked_by?: Address | undefined;
}

export type TransferResult =
  | { ok: true; rental: { id: string; unit_code: string }; invoices: readonly BilledInvoice[] }
  | RefusedValues;

/** On a day in the future the customer keeps the old unit until then. @throws {NotFound} */
export async function transferRental(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, to_unit_id, ...values }: TransferValues,
): Promise<TransferResult> {
  const locked = await lockRental(db, id, [to_unit_id]);
  const to = locked.units.get(to_unit_id);
  if (!to) return refuse({ field: 'to_unit_id', code: 'invalid' });
  const target: TransferTarget = {
    starts_on: values.starts_on,
    price: values.price ?? to.price_cents,
    deposit: values.deposit ?? to.deposit_cents,
  };
  const error = await transferError(db, billing, locked, to, target);
  if (error) return refuse(error);
  const facts = await readTransferFacts(db, locked, to.code);
  const plan = planTransfer(billing, facts, target);
  const refused = draftError(plan.credits, 'to_unit_id');
  if (refused) return refused;
  storeTransfer(db, actor, billing, locked, { to, plan, target });
  await emailTransfer(db, billing, locked, {
    to,
    id: plan.new_rental.id,
    starts_on: target.starts_on,
    asked_by: values.asked_by,
  });
  const invoices = await billTransfer(db, billing, locked, plan);
  storeNextPeriods(db, plan.next);
  recomputeOccupancy(db, [locked.unit.id, to.id]);
  recordTransfer(db, actor, locked, { to, plan, target, invoices });
  await useCredit(db, actor, billing, locked.account.id);
  return { ok: true, rental: { id: plan.new_rental.id, unit_code: to.code }, invoices };
}

async function transferError(
  db: TenantDb,
  billing: Billing,
  { rental, unit, account }: LockedRental,
  to: Unit,
  { starts_on }: TransferTarget,
): Promise<FieldError | undefined> {
  const field = 'starts_on';
  if (to.id === unit.id) return { field: 'to_unit_id', code: 'same_unit' };
  // Payments unlock the rental of their invoices only.
  if (rental.locked_out_at !== null) return { field: 'to_unit_id', code: 'locked_out' };
  if (rental.status === 'active' && starts_on <= rental.starts_on)
    return { field, code: 'transfer_too_early', params: { day: addDays(rental.starts_on, 1) } };
  return (
    noticeError(billing, rental, addDays(starts_on, -1), field) ??
    (await rentError(db, account, 'to_unit_id')) ??
    (await occupancyError(db, to, { from: starts_on, to: null }, 'to_unit_id'))
  );
}

interface StoredTransfer {
  to: Unit;
  plan: TransferPlan;
  target: TransferTarget;
}

function storeTransfer(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { rental }: LockedRental,
  { to, plan, target }: StoredTransfer,
): void {
  const { starts_on } = target;
  const hasBegun = starts_on <= billing.today;
  updateRental(db, rental, {
    ends_on: addDays(starts_on, -1),
    notice_given_on: billing.today,
    // The deposit is that of the new rental from now on.
    deposit_settled_on: billing.today,
    ...(hasBegun && { status: 'ended' as const }),
  });
  const { id } = plan.new_rental;
  const status = hasBegun ? ('active' as const) : ('reserved' as const);
  db.defer(
    db.insertInto('rentals', { ...copiedColumns(rental), ...newColumns(target), id, unit_id: to.id, status }),
  );
  db.defer(db.insertInto('rental_prices', firstPrice(actor, { id, starts_on, price_cents: target.price })));
  const charges = plan.new_rental.charges.map((charge) => chargeRow(id, charge));
  if (charges.length > 0) db.defer(insertMany(db, 'rental_charges', charges));
  if (hasBegun) closeRequests(db, actor, billing, { rental_ids: [rental.id], status: 'completed' });
}

function copiedColumns(rental: Rental) {
  const { billing_account_id, occupant_user_id, tax_rate_id } = rental;
  const { anchor_on, anchor_day, interval_unit, interval_count } = rental;
  const cycle = { anchor_on, anchor_day, interval_unit, interval_count };
  return { billing_account_id, occupant_user_id, tax_rate_id, ...cycle, transferred_from_id: rental.id };
}

function newColumns({ starts_on, price, deposit }: TransferTarget) {
  return { starts_on, next_period_on: starts_on, price_cents: price, deposit_cents: deposit };
}

function chargeRow(rental_id: string, charge: RentalCharge) {
  const { kind, description, amount_cents, amount_ppm, starts_on, ends_on, is_prorated, tax_rate } = charge;
  const amounts = { amount_cents, amount_ppm, tax_rate_id: tax_rate?.id ?? null };
  return { id: newId(), rental_id, kind, description, ...amounts, starts_on, ends_on, is_prorated };
}

/** On a later day, the last day in the old unit and the first one in the new unit. */
async function emailTransfer(
  db: TenantDb,
  billing: Billing,
  { rental, unit }: LockedRental,
  {
    to,
    id,
    starts_on,
    asked_by,
  }: { to: Unit; id: string; starts_on: CivilDate; asked_by: Address | undefined },
): Promise<void> {
  const { billing_account_id } = rental;
  const moved = [{ id, billing_account_id, unit_code: to.code, on: starts_on, asked_by }];
  if (starts_on <= billing.today)
    return queueRentalEmails(db, billing, 'transferCompleted', moved, { old_unit_code: unit.code });
  const left = { ...rental, unit_code: unit.code, on: addDays(starts_on, -1), asked_by };
  await queueRentalEmails(db, billing, 'moveOutScheduled', [left]);
  await queueRentalEmails(db, billing, 'moveInScheduled', moved);
}

async function billTransfer(
  db: TenantDb,
  billing: Billing,
  { account }: LockedRental,
  { new_rental, credits, lines, periods }: TransferPlan,
): Promise<BilledInvoice[]> {
  if (lines.length === 0) return [];
  const buyers = await findBuyers(db, [account.id]);
  const invoice: RentalInvoice = {
    account,
    buyer: buyers.get(account.id)!,
    periods,
    lines,
    starts_on: new_rental.starts_on,
    source_key: sourceKey(new_rental.id, new_rental.starts_on),
    // A draft could be deleted, and what it gives back with it.
    is_issued: true,
  };
  const invoices = await billInvoices(db, billing, [invoice]);
  markCredited(db, credits);
  return invoices;
}

function recordTransfer(
  db: TenantDb,
  actor: Actor,
  { rental, unit, account }: LockedRental,
  { to, plan, target, invoices }: StoredTransfer & { invoices: readonly BilledInvoice[] },
): void {
  const { currency } = account;
  const changes = {
    unit: [unit.code, to.code],
    first_day: [null, target.starts_on],
    price: [null, amountText(target.price, currency)],
    total: [null, amountText(totalOf(invoices), currency)],
  };
  for (const id of [rental.id, plan.new_rental.id])
    recordAudit(db, actor, {
      event: 'rental.transferred',
      target: { type: 'rental', id, name: id === rental.id ? unit.code : to.code },
      changes,
    });
}
