import * as z from 'zod';
import { isId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found, NotFound } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { lockAccount, type BillingAccount, type Owner } from '../billing-account/billing-account.ts';
import { amountFromZero } from '../billing/amount-field.ts';
import type { Billing } from '../billing/billing-settings.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import { optionalCivilDate } from '../billing/date-field.ts';
import { checkbox, line, optionalLine, optionalLines, withoutCardNumber } from '../form/fields.ts';
import { code, refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { findActiveGateway } from '../gateway/gateway-queries.ts';
import { postAppliedCredit } from '../invoice/apply-credit.ts';
import { amountText } from '../invoice/draft-actions.ts';
import { listOpenInvoices, type Allocated } from '../invoice/open-invoices.ts';
import { findAccountsOfInvoices } from '../invoice/own-invoices.ts';
import { findOwnMethod } from '../payment-method/own-methods.ts';
import { unlockPaidRentals } from '../rental/unlock-rentals.ts';
import { schedulePayment } from './schedule-payment.ts';
import { disputeInvoice } from './short-payments.ts';
import { invoicesError, startPayment, totalOf, type PaidInvoice } from './start-payment.ts';

const AMOUNT_FIELD = /^invoice_([0-9a-f]{8}-[0-9a-f-]{27})$/;

export const MAX_COMMENT = 1000;

/** The invoices that have a field for their amount. */
export function invoiceIdsIn(fieldNames: readonly string[]): string[] {
  return fieldNames.flatMap((name) => AMOUNT_FIELD.exec(name)?.[1] ?? []);
}

/** With an amount, a reason and a comment of each invoice. */
export function payInvoicesSchema(currency: string, ids: readonly string[], reasons: readonly string[]) {
  const isReason = (reason: string | null) => reason === null || reasons.includes(reason);
  const perInvoice = (field: string, type: () => z.ZodType) =>
    Object.fromEntries(ids.map((id) => [`${field}_${id}`, type()]));
  return z.object({
    ...perInvoice('invoice', () => amountFromZero(currency)),
    ...perInvoice('reason', () => optionalLine(100).refine(isReason, code('invalid'))),
    ...perInvoice('comment', () => withoutCardNumber(optionalLines(MAX_COMMENT))),
    method: line(36).refine((method) => method === 'page' || isId(method), code('invalid')),
    saves_method: checkbox(),
    scheduled_on: optionalCivilDate(),
    when: z.enum(['now', 'later'], code('invalid')),
  });
}

export interface PayValues {
  invoices: readonly Required<PaidInvoice>[];
  /** The id of a method, or `page`. */
  method: string;
  saves_method: boolean;
  scheduled_on: CivilDate | null;
  when: 'now' | 'later';
}

/** The values of a form with the schema. */
export function payValues(ids: readonly string[], values: Readonly<Record<string, unknown>>): PayValues {
  const invoices = ids.map((invoice_id) => ({
    invoice_id,
    amount_cents: values[`invoice_${invoice_id}`] as bigint,
    reason: values[`reason_${invoice_id}`] as string | null,
    comment: values[`comment_${invoice_id}`] as string | null,
  }));
  return {
    invoices,
    method: values['method'] as string,
    saves_method: values['saves_method'] as boolean,
    scheduled_on: values['scheduled_on'] as CivilDate | null,
    when: values['when'] as PayValues['when'],
  };
}

/** The payment is null if credit has paid everything, or if the invoices are disputed and nothing is paid. */
export type PaidInvoices =
  | { ok: true; payment_id: string | null; method: string; used_credit_cents: bigint }
  | RefusedValues;

/**
 * Credit is used first. What is left is charged after the commit, or later. An invoice of which nothing is paid, with a
 * reason, is disputed.
 *
 * @throws {NotFound} for an invoice or a method of another owner, and without a payment service
 */
export async function payInvoices(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  owner: Owner,
  { request_key, ...values }: PayValues & { request_key: string | null },
): Promise<PaidInvoices> {
  const { method } = values;
  const account = await lockAccountOf(db, owner, values.invoices);
  const gateway = found(await findActiveGateway(db));
  if (method !== 'page') found(await findOwnMethod(db, owner, method));
  const error = timeError(values) ?? (await amountsError(db, account, values.invoices));
  if (error) return refuse(error);
  const payment = { account, gateway, request_key, started_by: 'customer' as const };
  if (values.when === 'later') {
    const input = { ...payment, invoices: values.invoices, by: { method_id: method } };
    const scheduled = await schedulePayment(db, actor, billing, input, values.scheduled_on!);
    return scheduled.ok ? { ...scheduled, method, used_credit_cents: 0n } : scheduled;
  }
  const invoices = await applyCredit(db, actor, billing, account, values.invoices);
  const used_credit_cents = totalOf(values.invoices) - totalOf(invoices);
  for (const invoice of invoices.filter(({ amount_cents, reason }) => amount_cents === 0n && reason)) {
    const disputed = await disputeInvoice(db, actor, { account, ...invoice, reason: invoice.reason! });
    if (!disputed.ok) return disputed;
  }
  // An amount of 0 without a reason is refused, unless credit has paid it.
  const charged = invoices.filter(
    ({ amount_cents, reason }) => amount_cents > 0n || (!reason && account.credit_cents === 0n),
  );
  if (charged.length === 0) return { ok: true, payment_id: null, method, used_credit_cents };
  const started = await startPayment(db, actor, billing, {
    ...payment,
    invoices: charged,
    by: method === 'page' ? 'page' : { method_id: method },
    saves_method: method === 'page' && values.saves_method,
  });
  return started.ok ? { ...started, method, used_credit_cents } : started;
}

async function lockAccountOf(
  db: TenantDb,
  owner: Owner,
  invoices: readonly Pick<PaidInvoice, 'invoice_id'>[],
): Promise<BillingAccount> {
  const ids = invoices.map(({ invoice_id }) => invoice_id);
  const rows = await findAccountsOfInvoices(db, owner, ids);
  const accountIds = new Set(rows.map(({ billing_account_id }) => billing_account_id));
  if (rows.length !== ids.length || accountIds.size !== 1) throw new NotFound('Not invoices of one account');
  return lockAccount(db, [...accountIds][0]!);
}

function timeError({ when, method, scheduled_on }: PayValues): FieldError | undefined {
  const field = 'scheduled_on';
  if (when === 'now') return scheduled_on === null ? undefined : { field, code: 'date_of_payment_now' };
  if (scheduled_on === null) return { field, code: 'required' };
  return method === 'page' ? { field: 'method', code: 'method_to_schedule' } : undefined;
}

/** Before credit changes what is open. Without credit the start of the payment checks the same. */
async function amountsError(
  db: TenantDb,
  account: BillingAccount,
  invoices: PayValues['invoices'],
): Promise<FieldError | undefined> {
  if (account.credit_cents === 0n) return undefined;
  const open = await listOpenInvoices(db, account.id);
  // Paying nothing, with a reason, is a dispute.
  const paid = invoices.filter(({ amount_cents, reason }) => amount_cents > 0n || !reason);
  return invoicesError(open, { account, invoices: paid, started_by: 'customer' });
}

/** Returns what is left of the amounts. */
async function applyCredit<Paid extends PaidInvoice>(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  account: BillingAccount,
  invoices: readonly Paid[],
): Promise<Paid[]> {
  if (account.credit_cents === 0n) return [...invoices];
  const open = await listOpenInvoices(db, account.id);
  let left = account.credit_cents;
  const applied: Allocated[] = invoices.map(({ invoice_id, amount_cents: wanted }) => {
    const amount_cents = wanted < left ? wanted : left;
    left -= amount_cents;
    return { invoice: open.find(({ id }) => id === invoice_id)!, amount_cents };
  });
  const used = applied.filter(({ amount_cents }) => amount_cents > 0n);
  postAppliedCredit(db, billing, account, used);
  for (const { invoice, amount_cents } of used)
    recordAudit(db, actor, {
      event: 'credit.applied',
      target: { type: 'invoice', id: invoice.id, name: invoice.label },
      changes: { amount: [null, amountText(amount_cents, account.currency)] },
    });
  const ids = used.map(({ invoice }) => invoice.id);
  await unlockPaidRentals(db, actor, billing, ids);
  return invoices.map((paid, n) => ({ ...paid, amount_cents: paid.amount_cents - applied[n]!.amount_cents }));
}
