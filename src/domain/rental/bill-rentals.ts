import { insertMany } from '../../database/insert-many.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { BillingAccount } from '../billing-account/billing-account.ts';
import type { Billing, Party } from '../billing/billing-settings.ts';
import { addDays, later, type CivilDate } from '../billing/civil-date.ts';
import type { NewLine } from '../invoice/invoice-lines.ts';
import {
  calculateInvoices,
  insertDrafts,
  issueInvoices,
  type CalculatedInvoice,
  type NewInvoice,
} from '../invoice/issue-invoices.ts';
import { planOptions, type RentalToBill } from './billed-rentals.ts';
import { planPeriods, type Plan, type PlannedPeriod } from './plan-periods.ts';

/** What one invoice bills of one or several rentals of an account. */
export interface RentalInvoice {
  /** Locked. */
  account: BillingAccount;
  buyer: Party;
  periods: readonly (PlannedPeriod & { rental_id: string })[];
  lines: readonly NewLine[];
  /** The first day that is billed. */
  starts_on: CivilDate;
  source_key: string;
  /** Issued also for an account whose invoices begin as drafts. */
  is_issued?: boolean;
}

/** `label` is null for a draft. */
export type BilledInvoice = CalculatedInvoice & { label: string | null };

/**
 * Stores the invoices, issued or as drafts as the account says, and their periods. The number of statements does not
 * depend on that of the invoices.
 */
export async function billInvoices(
  db: TenantDb,
  billing: Billing,
  invoices: readonly RentalInvoice[],
): Promise<BilledInvoice[]> {
  if (invoices.length === 0) return [];
  const planned = invoices.map((invoice) => ({
    ...newInvoice(billing, invoice),
    periods: invoice.periods,
    is_issued: invoice.is_issued,
  }));
  const stored = await storeInvoices(db, billing, planned);
  const periods = planned.flatMap(({ id, periods: own }) => own.map((period) => periodRow(period, id)));
  if (periods.length > 0) db.defer(insertMany(db, 'rental_periods', periods));
  return stored;
}

/** Issues the invoices, or stores them as drafts, as their accounts say unless `is_issued` does. */
export async function storeInvoices(
  db: TenantDb,
  billing: Billing,
  invoices: readonly (NewInvoice & { is_issued?: boolean | undefined })[],
): Promise<BilledInvoice[]> {
  const [issuable, drafts] = [true, false].map((wanted) =>
    calculateInvoices(
      billing,
      invoices.filter(({ account, is_issued }) => (is_issued ?? isAutomatic(billing, account)) === wanted),
    ),
  );
  insertDrafts(db, drafts!);
  const issued = await issueInvoices(db, billing, issuable!);
  return [...issued, ...drafts!.map((draft) => ({ ...draft, label: null }))];
}

/** Sets the first days that are not billed yet. */
export function storeNextPeriods(
  db: TenantDb,
  rentals: readonly { id: string; next_period_on: CivilDate | null }[],
): void {
  if (rentals.length === 0) return;
  db.defer(
    db.raw(
      `update rentals r set next_period_on = c.next_period_on
       from unnest(?::uuid[], ?::date[]) c (id, next_period_on)
       where r.tenant_id = ? and r.id = c.id`,
      [rentals.map(({ id }) => id), rentals.map(({ next_period_on }) => next_period_on!), db.tenantId],
    ),
  );
}

export function planRental(billing: Billing, rental: RentalToBill, through: CivilDate): Plan {
  return planPeriods(rental, planOptions(billing, rental, through));
}

/** One for each planned invoice. */
export function invoicesOfPlan(
  { id }: Pick<RentalToBill, 'id'>,
  { invoices }: Plan,
  parties: Pick<RentalInvoice, 'account' | 'buyer'>,
): RentalInvoice[] {
  return invoices.map(({ periods, lines }) => {
    const { starts_on } = periods[0]!;
    return {
      ...parties,
      periods: periods.map((period) => ({ ...period, rental_id: id })),
      lines,
      starts_on,
      source_key: sourceKey(id, starts_on),
    };
  });
}

/** A second invoice for the same period violates a unique index. */
export function sourceKey(rentalId: string, startsOn: CivilDate): string {
  return `${rentalId}:${startsOn}`;
}

export function isAutomatic(
  { billing_trigger }: Pick<Billing, 'billing_trigger'>,
  account: Pick<BillingAccount, 'billing_trigger'>,
): boolean {
  const trigger = account.billing_trigger === 'default' ? billing_trigger : account.billing_trigger;
  return trigger === 'automatic';
}

export function newInvoice(billing: Billing, invoice: RentalInvoice): NewInvoice {
  const { account, buyer, lines, source_key } = invoice;
  return {
    id: newId(),
    account,
    buyer,
    lines,
    due_on: dueOn(billing, invoice),
    source: 'rental',
    source_key,
  };
}

/** A late invoice is due later, so that the delay makes no customer late. */
export function dueOn(
  billing: Pick<Billing, 'today' | 'payment_terms_days'>,
  { account, starts_on }: Pick<RentalInvoice, 'account' | 'starts_on'>,
): CivilDate {
  const terms = account.terms_days ?? billing.payment_terms_days;
  return addDays(later(starts_on, billing.today), terms);
}

function periodRow(
  { rental_id, starts_on, ends_on, price_cents, days, full_days }: RentalInvoice['periods'][number],
  invoice_id: string,
) {
  return { rental_id, invoice_id, starts_on, ends_on, price_cents, days, full_days };
}

export function totalOf(invoices: readonly Pick<CalculatedInvoice, 'kind' | 'total_cents'>[]): bigint {
  return invoices.reduce(
    (sum, { kind, total_cents }) => sum + (kind === 'invoice' ? total_cents : -total_cents),
    0n,
  );
}
