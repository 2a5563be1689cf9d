import type { TaxRate } from '../../src/domain/billing/tax.ts';
import type { TenantDb } from '../../src/database/tenant-db.ts';
import { addDays, type CivilDate } from '../../src/domain/billing/civil-date.ts';
import type { Billing } from '../../src/domain/billing/billing-settings.ts';
import { amountStep } from '../../src/domain/billing/money.ts';
import { advanceRun, type RunProgress } from '../../src/domain/billing-run/advance-run.ts';
import { issueCredit, issueCreditNote } from '../../src/domain/invoice/credit-note.ts';
import {
  createInvoice,
  issueDraft,
  issueDraftsById,
  updateDraft,
} from '../../src/domain/invoice/draft-actions.ts';
import { applyCredit, deleteInvoice } from '../../src/domain/invoice/invoice-actions.ts';
import { writeOff } from '../../src/domain/invoice/write-off.ts';
import type { NewLine } from '../../src/domain/invoice/invoice-lines.ts';
import { listLines } from '../../src/domain/invoice/invoice-queries.ts';
import { recordPayment, undoPayment, type PaymentValues } from '../../src/domain/payment/payment-actions.ts';
import { settleEndedRental, type DepositValues } from '../../src/domain/rental/deposit.ts';
import { cancelTransfer } from '../../src/domain/rental/cancel-transfer.ts';
import { changeStart } from '../../src/domain/rental/change-start.ts';
import { lockOut, unlock } from '../../src/domain/rental/lock-out.ts';
import { moveIn } from '../../src/domain/rental/move-in.ts';
import { completeMoveOut } from '../../src/domain/rental/move-out.ts';
import { giveNotice, withdrawNotice } from '../../src/domain/rental/notice.ts';
import { changeRent } from '../../src/domain/rental/rent-change.ts';
import { addCharge, chargeKinds, endCharge } from '../../src/domain/rental/rental-charges.ts';
import { intervalNames } from '../../src/domain/rental/rental.ts';
import { cancelReservation, completeMoveIn } from '../../src/domain/rental/reservation.ts';
import { transferRental } from '../../src/domain/rental/transfer.ts';
import { blockUnit, unblockUnit } from '../../src/domain/unit/block-unit.ts';
import { billingActor as actor } from './money.ts';

/** What an action is done with. The numbers choose among the rows that there are and among variants. */
export interface Step {
  action: ActionName;
  /** How many days pass before it. */
  days: number;
  row: number;
  variant: number;
  /** Moves a day, from -60 to 60. */
  offset: number;
  /** In thousandths of what is possible. */
  part: number;
}

export interface MoneyWorld {
  db: TenantDb;
  billing: Billing;
  units: readonly { id: string }[];
  customers: readonly { id: string; codeOrEmail: string }[];
  taxRates: readonly (TaxRate | null)[];
}

type Outcome = PromiseLike<unknown>;

type Action = (world: MoneyWorld, step: Step) => Outcome;

const NOTHING_TO_DO = Promise.resolve({ ok: false });

export const actions = {
  moveIn: ({ db, billing, ...world }, step) => {
    const { offset, variant } = step;
    return moveIn(db, actor, billing, {
      customer: customerOf(world, step),
      unit_id: at(world.units, step.row).id,
      starts_on: addDays(billing.today, offset > 20 ? 0 : offset),
      interval: at(variant % 3 === 0 ? intervalNames : (['1_month'] as const), step.row),
      price: amount(billing, [100_00, 99_99, 123_45, 0][variant % 4]!),
      deposit: amount(billing, [0, 50_00, 100_00][variant % 3]!),
      tax_rate_id: at(world.taxRates, step.part)?.id ?? null,
      is_reserved: variant % 5 === 0,
    });
  },
  giveNotice: onRental(`status = 'active'`, ({ db, billing }, { offset }, { id }) =>
    giveNotice(db, actor, billing, { id, ends_on: addDays(billing.today, Math.max(offset, -10)) }),
  ),
  withdrawNotice: onRental(`status = 'active' and ends_on is not null`, ({ db, billing }, _, { id }) =>
    withdrawNotice(db, actor, billing, id),
  ),
  completeMoveOut: onRental(
    `status = 'active' and ends_on is not null`,
    (world, step, { id, deposit_cents }) =>
      completeMoveOut(world.db, actor, world.billing, {
        id,
        blocked_reason: step.variant % 6 === 0 ? 'Cleaning' : null,
        ...depositValues(world, step, deposit_cents),
      }),
  ),
  settleEndedRental: onRental(
    `status = 'ended' and deposit_settled_on is null`,
    (world, step, { id, deposit_cents }) =>
      settleEndedRental(world.db, actor, world.billing, { id, ...depositValues(world, step, deposit_cents) }),
  ),
  transfer,
  /** Plans one first if there is none. */
  cancelTransfer: async (world, step) => {
    const planned = onRental(
      `exists (select from rentals n where n.tenant_id = rentals.tenant_id and n.transferred_from_id = rentals.id
         and n.status = 'reserved')`,
      ({ db, billing }, _, { id }) => cancelTransfer(db, actor, billing, { id, reason: 'Cancelled' }),
    );
    const result = await planned(world, step);
    if (result !== undefined && (result as { ok: boolean }).ok) return result;
    await transfer(world, { ...step, offset: Math.abs(step.offset) + 1 });
    return planned(world, step);
  },
  changeStart: onRental(`status = 'reserved'`, ({ db, billing }, { offset }, { id }) =>
    changeStart(db, actor, billing, { id, starts_on: addDays(billing.today, Math.abs(offset)) }),
  ),
  changeRent: onRental(`status in ('active', 'reserved')`, ({ db, billing }, { offset, part }, { id }) =>
    changeRent(db, actor, billing, {
      id,
      price: amount(billing, 80_00 + part * 10),
      effective_on: addDays(billing.today, Math.abs(offset)),
    }),
  ),
  addCharge: onRental(
    `status in ('active', 'reserved')`,
    (world, { variant, offset, part }, { id, starts_on }) => {
      const { db, billing } = world;
      const kind = at(chargeKinds, variant);
      const isPart = kind === 'discount' && part % 2 === 0;
      const from = addDays(billing.today, offset);
      return addCharge(db, actor, billing, {
        id,
        kind,
        description: `Charge ${variant}`,
        amount: isPart ? null : amount(billing, 1 + part * 7),
        amount_ppm: isPart ? Math.max(1, part * 1_000) : null,
        tax_rate_id: kind === 'discount' ? null : (at(world.taxRates, part)?.id ?? null),
        starts_on: from < starts_on ? starts_on : from,
        is_prorated: variant % 2 === 0,
      });
    },
  ),
  endCharge: async ({ db, billing }, { row }) => {
    const rows: { id: string; rental_id: string }[] = await db
      .from('rental_charges')
      .whereNull('ends_on')
      .orderBy('id')
      .select('id', 'rental_id');
    if (rows.length === 0) return NOTHING_TO_DO;
    const charge = at(rows, row);
    return endCharge(db, actor, billing, { id: charge.rental_id, charge_id: charge.id });
  },
  completeMoveIn: onRental(`status = 'reserved'`, ({ db, billing }, _, { id }) =>
    completeMoveIn(db, actor, billing, id),
  ),
  cancelReservation: onRental(`status = 'reserved'`, ({ db, billing }, _, { id }) =>
    cancelReservation(db, actor, billing, { id, reason: 'Cancelled' }),
  ),
  lockOut: onRental(`status = 'active'`, ({ db, billing }, _, { id }) =>
    lockOut(db, actor, billing, { id, reason: 'Overdue' }),
  ),
  unlock: onRental(`locked_out_at is not null`, ({ db }, _, { id }) =>
    unlock(db, actor, { id, reason: null }),
  ),
  blockUnit: ({ db, units }, { row }) =>
    blockUnit(db, actor, at(units, row).id, { reason: 'Repair', keeps_reservation: true }),
  unblockUnit: ({ db, units }, { row }) => unblockUnit(db, actor, at(units, row).id),
  createInvoice: ({ db, billing, ...world }, step) =>
    createInvoice(db, actor, billing, {
      customer: customerOf(world, step),
      currency: billing.currency,
      lines: lines(billing, world, step),
      due_on: step.offset > 0 ? addDays(billing.today, step.offset) : null,
      po_number: null,
      is_issued: step.variant % 3 !== 0,
    }),
  updateDraft: onInvoice(
    `status = 'draft'`,
    async ({ db, billing, taxRates }, { row, part }, { id, version }) => {
      const stored = await listLines(db, id);
      const changed = at(stored, row).position;
      const edited = stored.map((line) => ({
        kind: line.kind,
        description: line.description,
        rental_id: line.rental_id,
        starts_on: line.starts_on,
        ends_on: line.ends_on,
        quantity_milli: line.quantity_milli,
        unit_cents: line.position === changed ? partOf(billing, line.unit_cents, part) : line.unit_cents,
        tax_rate: taxRates.find((rate) => rate?.id === line.tax_rate_id) ?? null,
      }));
      return updateDraft(db, actor, billing, id, { lines: edited, due_on: null, po_number: 'PO 1', version });
    },
  ),
  issueDraft: onInvoice(`status = 'draft'`, ({ db, billing }, _, { id, version }) =>
    issueDraft(db, actor, billing, { id, version }),
  ),
  issueDrafts: async ({ db, billing }) => {
    const drafts: { id: string }[] = await db
      .from('invoices')
      .where({ status: 'draft' })
      .orderBy('id')
      .select('id');
    return issueDraftsById(
      db,
      actor,
      billing,
      drafts.map(({ id }) => id),
    );
  },
  deleteInvoice: onInvoice(`status in ('draft', 'sent')`, ({ db, billing }, _, { id }) =>
    deleteInvoice(db, actor, billing, { id, reason: 'A mistake' }),
  ),
  writeOff: onInvoice(`status = 'sent'`, ({ db, billing }, _, { id }) =>
    writeOff(db, actor, billing, { id, reason: 'Not collectable' }),
  ),
  applyCredit: onInvoice(`status = 'sent'`, ({ db, billing }, _, { id }) =>
    applyCredit(db, actor, billing, id),
  ),
  issueCreditNote: onInvoice(`kind = 'invoice' and status in ('sent', 'paid')`, creditNote),
  issueCredit: ({ db, billing, ...world }, step) =>
    issueCredit(db, actor, billing, {
      customer: customerOf(world, step),
      currency: billing.currency,
      description: 'Goodwill',
      amount: amount(billing, 1 + step.part * 10),
      tax_rate: at(world.taxRates, step.part),
    }),
  recordPayment: pay,
  undoPayment: async ({ db, billing }, { row }) => {
    const payments: { id: string }[] = await db
      .from('payments')
      .where({ status: 'succeeded' })
      .orderBy('id', 'desc')
      .limit(10)
      .select('id');
    if (payments.length === 0) return NOTHING_TO_DO;
    return undoPayment(db, actor, billing, { id: at(payments, row).id, reason: 'Typed twice' });
  },
  bill: billDay,
  changeSettings: ({ db }, { row, variant, part }) =>
    db.from('billing_settings').update({
      cycle: row % 3 === 0 ? 'day_of_month' : 'anniversary',
      invoice_day: [1, 15, 31][variant % 3]!,
      days_ahead: [0, 0, 10][row % 3]!,
      proration: at(['actual', 'annual_365', 'thirty', 'none'] as const, variant),
      first_invoice: variant % 2 === 0 ? 'stub' : 'stub_and_next',
      move_out_credit: part % 4 === 0 ? 'none' : 'days',
      notice_days: [0, 14][part % 2]!,
      payment_terms_days: [0, 14][row % 2]!,
      billing_trigger: part % 5 === 0 ? 'manual' : 'automatic',
      invoice_per: part % 2 === 0 ? 'account' : 'rental',
      applies_credit: row % 4 !== 0,
    }),
} as const satisfies Record<string, Action>;

export type ActionName = keyof typeof actions;

function transfer(world: MoneyWorld, step: Step): Outcome {
  return onRental(`status = 'active' and ends_on is null`, async ({ db, billing, units }, _, { id }) => {
    const free: { id: string }[] = await db
      .from('units')
      .where({ status: 'available' })
      .orderBy('id')
      .select('id');
    return transferRental(db, actor, billing, {
      id,
      to_unit_id: at(free.length > 0 ? free : units, step.variant).id,
      starts_on: addDays(billing.today, step.offset < -20 ? 0 : step.offset),
      price: amount(billing, [150_00, 80_00, 100_00][step.variant % 3]!),
      deposit: amount(billing, [0, 50_00, 150_00][step.part % 3]!),
    });
  })(world, step);
}

interface RentalTarget {
  id: string;
  starts_on: CivilDate;
  deposit_cents: bigint;
}

function onRental(
  condition: string,
  run: (world: MoneyWorld, step: Step, rental: RentalTarget) => Outcome,
): Action {
  return async (world, step) => {
    const rentals: RentalTarget[] = await world.db
      .from('rentals')
      .whereRaw(condition)
      .orderBy('id')
      .select('id', 'starts_on', 'deposit_cents');
    return rentals.length === 0 ? NOTHING_TO_DO : run(world, step, at(rentals, step.row));
  };
}

interface InvoiceTarget {
  id: string;
  version: number;
}

/** Among the newest invoices, so that not all of them are settled. */
function onInvoice(
  condition: string,
  run: (world: MoneyWorld, step: Step, invoice: InvoiceTarget) => Outcome,
): Action {
  return async (world, step) => {
    const invoices: InvoiceTarget[] = await world.db
      .from('invoices')
      .whereRaw(condition)
      .orderBy('id', 'desc')
      .limit(20)
      .select('id', 'version');
    return invoices.length === 0 ? NOTHING_TO_DO : run(world, step, at(invoices, step.row));
  };
}

async function creditNote({ db, billing }: MoneyWorld, { variant, part }: Step, { id }: InvoiceTarget) {
  const rows: { position: number; net_cents: bigint; tax_cents: bigint }[] = await db
    .from('invoice_lines')
    .where({ invoice_id: id })
    .orderBy('position')
    .select('position', 'net_cents', 'tax_cents');
  const chosen = variant % 3 === 0 ? rows : [at(rows, variant)];
  return issueCreditNote(db, actor, billing, {
    invoice_id: id,
    parts: chosen.map(({ position, net_cents, tax_cents }) =>
      part % 2 === 0
        ? { position, net_cents: partOf(billing, net_cents, part) }
        : { position, total_cents: partOf(billing, net_cents + tax_cents, part) },
    ),
    reason: 'A complaint',
  });
}

async function pay({ db, billing, ...world }: MoneyWorld, step: Step) {
  const { row, variant, part, offset } = step;
  const open: { id: string; open: string; company_id: string | null; user_id: string | null }[] = await db
    .from('invoices as i')
    .join('billing_accounts as b', { 'b.tenant_id': 'i.tenant_id', 'b.id': 'i.billing_account_id' })
    .where({ 'i.status': 'sent', 'i.kind': 'invoice' })
    .orderBy('i.id')
    .limit(40)
    .select('i.id', 'b.company_id', 'b.user_id')
    .select(db.raw('(total_cents - paid_cents - credited_cents - written_off_cents)::text as open'));
  const values: PaymentValues = {
    customer: customerOf(world, step),
    currency: billing.currency,
    amount: amount(billing, 1 + part * 33),
    received_on: addDays(billing.today, Math.min(0, offset)),
    channel: at(['bank_transfer', 'cash', 'cheque'] as const, variant),
    reference: null,
    chosen: [],
    is_deposit: variant % 11 === 0,
  };
  if (open.length === 0 || variant % 4 === 0) return recordPayment(db, actor, billing, values);
  const invoice = at(open, row);
  const exact = BigInt(invoice.open);
  const paid = variant % 4 === 1 ? exact : partOf(billing, exact, part) || exact;
  const chosen = variant % 4 === 3 ? [] : [{ invoice_id: invoice.id, amount_cents: paid }];
  const ownerId = invoice.company_id ?? invoice.user_id;
  const customer = world.customers.find(({ id }) => id === ownerId)!.codeOrEmail;
  return recordPayment(db, actor, billing, { ...values, customer, amount: paid, chosen, is_deposit: false });
}

/** The runs of a day. A second one on the same day finds nothing. */
async function billDay({ db, billing }: MoneyWorld): Promise<void> {
  for (const kind of ['rent', 'late_fees'] as const) {
    let progress: RunProgress | null = null;
    do progress = await advanceRun(db, { kind, local_date: billing.today }, progress);
    while (progress.state === 'running');
    if (progress.failures.length > 0) throw new Error(JSON.stringify(progress.failures));
  }
}

function lines(
  billing: Billing,
  { taxRates }: Pick<MoneyWorld, 'taxRates'>,
  { variant, part, row }: Step,
): NewLine[] {
  return Array.from({ length: 1 + (variant % 3) }, (_, n) => ({
    kind: 'item' as const,
    description: `Item ${n + 1}`,
    // The last line of three is a discount, which may make the sum negative.
    unit_cents: amount(billing, n === 2 ? -1 - part * 5 : 11 + part * 9 + n),
    quantity_milli: [1_000n, 2_500n, 333n][(row + n) % 3]!,
    tax_rate: at(taxRates, part + n),
  }));
}

function depositValues(
  { billing, taxRates }: MoneyWorld,
  { variant, part }: Step,
  deposit: bigint,
): DepositValues {
  const kept = variant % 2 === 0 ? 0n : partOf(billing, deposit, part);
  return {
    kept,
    kept_reason: kept > 0n ? 'Damaged door' : null,
    kept_tax_rate: at(taxRates, variant),
    pays_invoices: variant % 3 !== 0,
  };
}

function customerOf({ customers }: Pick<MoneyWorld, 'customers'>, { variant }: Step): string {
  return at(customers, variant).codeOrEmail;
}

function amount({ currency }: Billing, minor: number): bigint {
  return BigInt(minor) * amountStep(currency);
}

/** A multiple of the step of the currency, as forms require. */
export function partOf({ currency }: Pick<Billing, 'currency'>, whole: bigint, thousandths: number): bigint {
  const step = amountStep(currency);
  return ((whole * BigInt(thousandths)) / 1000n / step) * step;
}

function at<Item>(items: readonly Item[], n: number): Item {
  return items[n % items.length]!;
}
