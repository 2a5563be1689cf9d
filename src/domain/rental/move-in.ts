import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import type { Changes } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { openAccount, type BillingAccount, type Owner } from '../billing-account/billing-account.ts';
import { findBuyers, findOwner } from '../billing-account/buyer.ts';
import { cycleOf, oneYearAfter } from '../billing/billing-period.ts';
import type { Billing, Party } from '../billing/billing-settings.ts';
import { addDays, type CivilDate } from '../billing/civil-date.ts';
import { rentError } from '../company/check-status.ts';
import { NO_SUBMITTED_CUSTOM } from '../custom-field/form-fields.ts';
import { saveCustomValues } from '../custom-field/store-values.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { amountText } from '../invoice/draft-actions.ts';
import type { NewLine } from '../invoice/invoice-lines.ts';
import { taxRateError } from '../tax-rate/tax-rate-queries.ts';
import { lockUnits, type Unit } from '../unit/unit-queries.ts';
import {
  billInvoices,
  invoicesOfPlan,
  planRental,
  storeNextPeriods,
  totalOf,
  type BilledInvoice,
} from './bill-rentals.ts';
import { readBilledRentals, type RentalToBill } from './billed-rentals.ts';
import { occupancyError } from './free-unit.ts';
import type { Plan } from './plan-periods.ts';
import { queueRentalEmails } from './queue-rental-emails.ts';
import { billThrough, intervals, type IntervalName } from './rental.ts';
import { recomputeOccupancy } from './renting.ts';

/** Of a move-in in the past that staff enter. */
const MAX_PAST_DAYS = 366;

export interface RentalValues {
  unit_id: string;
  starts_on: CivilDate;
  interval: IntervalName;
  /** Null: that of the unit. */
  price: bigint | null;
  /** Null: that of the type of the unit. */
  deposit: bigint | null;
  tax_rate_id: string | null;
}

export interface MoveInValues extends RentalValues {
  /** The code of a company or the email address of a person. */
  customer: string;
  /** The unit is reserved until staff complete the move-in. */
  is_reserved: boolean;
}

export interface NewRental extends RentalValues {
  owner: Owner;
  is_reserved?: boolean;
  occupant_user_id?: string | null;
  /** Of an imported rental: nothing up to this day is billed. */
  billed_until?: CivilDate | null;
}

export type MoveInResult =
  | {
      ok: true;
      rental: { id: string; status: 'reserved' | 'active'; unit_code: string };
      invoices: readonly BilledInvoice[];
    }
  | RefusedValues;

/** Moves a customer in, today or in the past, or reserves the unit for them. */
export async function moveIn(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { customer, ...values }: MoveInValues,
  custom = NO_SUBMITTED_CUSTOM,
): Promise<MoveInResult> {
  const error = startError(billing, values);
  if (error) return refuse(error);
  const owner = await findOwner(db, customer);
  if (!owner) return refuse({ field: 'customer', code: 'unknown_customer' });
  return createRental(db, actor, billing, { ...values, owner }, custom);
}

function startError(
  { today }: Billing,
  { starts_on, is_reserved }: Pick<MoveInValues, 'starts_on' | 'is_reserved'>,
): FieldError | undefined {
  if (starts_on > oneYearAfter(today)) return { field: 'starts_on', code: 'date_too_late' };
  if (starts_on < addDays(today, -MAX_PAST_DAYS)) return { field: 'starts_on', code: 'date_too_early' };
  if (is_reserved && starts_on < today) return { field: 'starts_on', code: 'reservation_in_past' };
  return undefined;
}

/** Bills every period up to today, or the first one of a reservation, each with one invoice. */
export async function createRental(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  values: NewRental,
  custom = NO_SUBMITTED_CUSTOM,
): Promise<MoveInResult> {
  const unit = (await lockUnits(db, [values.unit_id])).get(values.unit_id);
  if (!unit) return refuse({ field: 'unit_id', code: 'invalid' });
  const error =
    (await taxRateError(db, values.tax_rate_id)) ??
    (await occupancyError(db, unit, { from: values.starts_on, to: null }));
  if (error) return refuse(error);
  const account = await openAccount(db, values.owner, billing.currency);
  const ownerError = await rentError(db, values.owner);
  if (ownerError) return refuse(ownerError);
  const rental = newRental(billing, account, unit, values);
  await db.insertInto('rentals', rental);
  db.defer(db.insertInto('rental_prices', firstPrice(actor, rental)));
  recomputeOccupancy(db, [unit.id]);
  const template = rental.status === 'reserved' ? 'moveInScheduled' : 'moveInCompleted';
  await queueRentalEmails(db, billing, template, [{ ...rental, unit_code: unit.code, on: rental.starts_on }]);
  const { invoices, buyer } = await billFirstPeriods(db, billing, account, rental);
  const customChanges = saveCustomValues(db, 'rental', rental.id, custom.form, custom.values);
  recordMoveIn(db, actor, { rental, unit, customer: buyer.name, invoices, customChanges });
  return { ok: true, rental: { id: rental.id, status: rental.status, unit_code: unit.code }, invoices };
}

/** Up to today or, of a reservation, the first one. The deposit is asked for on the first invoice. */
export async function billFirstPeriods(
  db: TenantDb,
  billing: Billing,
  account: BillingAccount,
  rental: { id: string; next_period_on: CivilDate; deposit_cents: bigint },
): Promise<{ invoices: BilledInvoice[]; buyer: Party }> {
  const [toBill] = await readBilledRentals(db, [rental.id]);
  const buyer = (await findBuyers(db, [account.id])).get(account.id)!;
  const plan = withDeposit(
    planRental(billing, toBill!, throughOf(billing, rental)),
    toBill!,
    rental.deposit_cents,
  );
  const invoices = await billInvoices(db, billing, invoicesOfPlan(toBill!, plan, { account, buyer }));
  storeNextPeriods(db, [{ id: rental.id, next_period_on: plan.next_period_on }]);
  return { invoices, buyer };
}

function newRental(billing: Billing, account: BillingAccount, unit: Unit, values: NewRental) {
  const { starts_on, is_reserved = false, billed_until = null } = values;
  const isReserved = is_reserved || starts_on > billing.today || billing.is_agreement_required;
  return {
    id: newId(),
    unit_id: unit.id,
    billing_account_id: account.id,
    occupant_user_id: values.occupant_user_id ?? ('user_id' in values.owner ? values.owner.user_id : null),
    status: isReserved ? ('reserved' as const) : ('active' as const),
    starts_on,
    ...cycleOf(starts_on, intervals[values.interval], invoiceDayOf(billing, account)),
    next_period_on: billed_until === null ? starts_on : addDays(billed_until, 1),
    billed_until,
    price_cents: values.price ?? unit.price_cents,
    deposit_cents: values.deposit ?? unit.deposit_cents,
    tax_rate_id: values.tax_rate_id,
    reserved_until: isReserved ? reservedUntil(billing, account) : null,
  };
}

/** Null: periods begin on the day of the move-in. */
export function invoiceDayOf(
  { cycle, invoice_day }: Pick<Billing, 'cycle' | 'invoice_day'>,
  account: Pick<BillingAccount, 'invoice_day'>,
): number | null {
  return account.invoice_day ?? (cycle === 'day_of_month' ? invoice_day : null);
}

/** Customers with payment terms pay later, so their reservations do not expire. */
export function reservedUntil(
  { now, reservation_hours, payment_terms_days }: Billing,
  { terms_days }: BillingAccount,
): Date | null {
  if ((terms_days ?? payment_terms_days) > 0) return null;
  return new Date(now.getTime() + reservation_hours * 3_600_000);
}

function throughOf(billing: Billing, { next_period_on }: { next_period_on: CivilDate }): CivilDate {
  return billThrough(billing, next_period_on > billing.today ? next_period_on : billing.today);
}

/** The row of `rental_prices` with which a rental begins. */
export function firstPrice(
  actor: Actor,
  { id, starts_on, price_cents }: { id: string; starts_on: CivilDate; price_cents: bigint },
) {
  return {
    id: newId(),
    rental_id: id,
    effective_on: starts_on,
    price_cents,
    created_by: actor.kind === 'staff' ? actor.id : null,
  };
}

function withDeposit(plan: Plan, rental: RentalToBill, deposit: bigint): Plan {
  const [first, ...others] = plan.invoices;
  if (deposit === 0n || !first) return plan;
  return {
    ...plan,
    invoices: [{ ...first, lines: [...first.lines, depositLine(rental, deposit)] }, ...others],
  };
}

/** Deposits are not taxed. A negative amount is credited. */
export function depositLine(
  { id, unit_code }: Pick<RentalToBill, 'id' | 'unit_code'>,
  amount: bigint,
): NewLine {
  return {
    kind: 'deposit',
    description: 'Deposit of unit {unit}',
    description_params: { unit: unit_code },
    unit_cents: amount,
    rental_id: id,
  };
}

function recordMoveIn(
  db: TenantDb,
  actor: Actor,
  {
    rental,
    unit,
    customer,
    invoices,
    customChanges,
  }: {
    rental: ReturnType<typeof newRental>;
    unit: Unit;
    customer: string;
    invoices: readonly BilledInvoice[];
    customChanges: Changes;
  },
): void {
  const currency = invoices[0]?.account.currency;
  recordAudit(db, actor, {
    event: rental.status === 'reserved' ? 'rental.reserved' : 'rental.started',
    target: { type: 'rental', id: rental.id, name: unit.code },
    changes: {
      customer: [null, customer],
      starts_on: [null, rental.starts_on],
      invoices: [null, invoices.length],
      ...(currency && { total: [null, amountText(totalOf(invoices), currency)] }),
      ...customChanges,
    },
  });
}
