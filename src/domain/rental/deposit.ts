import type { TenantDb } from '../../database/tenant-db.ts';
import { toDecimal } from '../../locales/currencies.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { BillingAccount } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { amountStep } from '../billing/money.ts';
import { taxedAmount, type TaxRate } from '../billing/tax.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { amountText } from '../invoice/draft-actions.ts';
import { movement } from '../ledger/ledger.ts';
import { postEntries } from '../ledger/post-entries.ts';
import { refundAddedCredit } from '../payment/refund-actions.ts';
import type { RentalResult } from './notice.ts';
import type { Rental } from './rental-queries.ts';
import { lockRental, updateRental, type LockedRental } from './lock-rental.ts';
import { useCredit } from './use-credit.ts';

export interface DepositValues {
  /** With its tax. The rest of the deposit is returned as credit. */
  kept: bigint;
  kept_reason: string | null;
  kept_tax_rate: TaxRate | null;
  /** The returned part pays open invoices first. */
  pays_invoices: boolean;
  /** What the settlement adds to the credit is refunded at once. */
  is_refunded?: boolean;
}

export type SettlementResult =
  | (Extract<RentalResult, { ok: true }> & { refund_ids: string[] })
  | RefusedValues;

/** What is held of the rental: less than was agreed if a part was credited by hand. */
export function heldDeposit(
  { deposit_cents, deposit_settled_on }: Pick<Rental, 'deposit_cents' | 'deposit_settled_on'>,
  account: Pick<BillingAccount, 'deposit_cents'>,
): bigint {
  if (deposit_settled_on !== null) return 0n;
  return deposit_cents < account.deposit_cents ? deposit_cents : account.deposit_cents;
}

export function depositError(
  { rental, account }: Pick<LockedRental, 'rental' | 'account'>,
  { kept, kept_reason }: DepositValues,
): FieldError | undefined {
  const held = heldDeposit(rental, account);
  if (kept > held)
    return { field: 'kept', code: 'kept_too_large', params: { held: toDecimal(held, account.currency) } };
  if (kept > 0n && kept_reason === null) return { field: 'kept_reason', code: 'required' };
  return undefined;
}

/** Of a rental that the billing run has ended. @throws {NotFound} */
export async function settleEndedRental(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, ...values }: DepositValues & { id: string },
): Promise<SettlementResult> {
  const locked = await lockRental(db, id);
  const { rental, unit } = locked;
  if (rental.status !== 'ended' || rental.deposit_settled_on !== null)
    return refuse({ field: 'kept', code: 'deposit_settled' });
  const error = depositError(locked, values);
  if (error) return refuse(error);
  await settleDeposit(db, actor, billing, locked, values);
  updateRental(db, rental, { deposit_settled_on: billing.today });
  const refund_ids = values.is_refunded ? await refundAddedCredit(db, actor, billing, locked.account) : [];
  return { ok: true, rental: { id, unit_code: unit.code }, refund_ids };
}

/** The account is locked and as it is now. */
export async function settleDeposit(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { rental, unit, account }: Pick<LockedRental, 'rental' | 'unit' | 'account'>,
  { kept, kept_reason, kept_tax_rate, pays_invoices }: DepositValues,
): Promise<void> {
  const { id: billing_account_id, currency } = account;
  const held = heldDeposit(rental, account);
  const rate = kept_tax_rate && { ...kept_tax_rate, is_inclusive: true };
  const income = taxedAmount(kept, rate, amountStep(currency));
  const source = { source_type: 'rental' as const, source_id: rental.id, effective_on: billing.today };
  const movements = [
    ...movement('deposit', 'income', income.net_cents),
    ...movement('deposit', 'tax', income.tax_cents),
    ...movement('deposit', 'credit', held - kept),
  ];
  postEntries(db, [{ billing_account_id, currency, posting: 'deposit', ...source, movements }]);
  if (held > 0n) recordSettlement(db, actor, { rental, unit, account }, { kept, held, kept_reason });
  await useCredit(db, actor, { ...billing, applies_credit: pays_invoices }, billing_account_id);
}

function recordSettlement(
  db: TenantDb,
  actor: Actor,
  { rental, unit, account: { currency } }: Pick<LockedRental, 'rental' | 'unit' | 'account'>,
  { kept, held, kept_reason }: { kept: bigint; held: bigint; kept_reason: string | null },
): void {
  recordAudit(db, actor, {
    event: 'rental.deposit_settled',
    target: { type: 'rental', id: rental.id, name: unit.code },
    changes: {
      returned: [null, amountText(held - kept, currency)],
      ...(kept > 0n && { kept: [null, amountText(kept, currency)], reason: [null, kept_reason] }),
    },
  });
}
