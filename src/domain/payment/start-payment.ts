import { pick, selectRow } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import { wakeAfterCommit } from '../../database/queue.ts';
import type { Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { toDecimal } from '../../locales/currencies.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { BillingAccount } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { minimumCharge } from '../gateway/chargeable-amounts.ts';
import type { GatewayService } from '../gateway/gateway.ts';
import { amountText } from '../invoice/draft-actions.ts';
import { listOpenInvoices, type OpenInvoice } from '../invoice/open-invoices.ts';
import { ABANDONED_MS, after, findMethodForCharge, paymentQueue } from './gateway-payment.ts';
import { insertWaiting, type NewShortPayment } from './short-payments.ts';

export interface PaidInvoice {
  invoice_id: string;
  amount_cents: bigint;
  /** Why less than the undisputed part is paid, and what the customer says about it. */
  reason?: string | null;
  comment?: string | null;
}

export interface PaymentInput {
  /** Locked. */
  account: BillingAccount;
  gateway: { id: string; service: GatewayService };
  invoices: readonly PaidInvoice[];
  /** A stored method, or a page of the gateway. */
  by: { method_id: string } | 'page';
  saves_method?: boolean;
  /** A second start with the same key returns the first payment. */
  request_key: string | null;
  started_by: Row<'payments'>['started_by'];
}

export type StartedPayment = { ok: true; payment_id: string } | RefusedValues;

/**
 * Stores a payment and makes its invoices pending, so that no other one can start. Nothing is charged before the
 * commit: then `chargePayment` or `openPage` continue, or after two minutes the worker.
 */
export async function startPayment(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  input: PaymentInput,
): Promise<StartedPayment> {
  const { account, request_key, started_by } = input;
  const existing = await findRequested(db, request_key);
  if (existing) return { ok: true, payment_id: existing.id };
  const open = await listOpenInvoices(db, account.id);
  const total = totalOf(input.invoices);
  const error =
    invoicesError(open, input) ?? amountError(total, account.currency) ?? (await methodError(db, input));
  if (error) return refuse(error);
  const id = newId();
  const chosen = choose(open, input.invoices);
  insertPayment(db, actor, billing, input, { id, status: 'created', total, scheduled_on: null });
  insertParts(db, id, chosen);
  insertWaiting(db, actor, id, shortPayments(account, chosen));
  makePending(db, id, chosen);
  recordAudit(db, actor, {
    event: 'payment.started',
    target: { type: 'payment', id, name: chosen.map(({ invoice }) => invoice.label).join(', ') },
    changes: { amount: [null, amountText(total, account.currency)], started_by: [null, started_by] },
  });
  await db.flush();
  wakeAfterCommit(db, paymentQueue);
  return { ok: true, payment_id: id };
}

export async function findRequested(db: TenantDb, request_key: string | null) {
  if (request_key === null) return undefined;
  return selectRow(db.from('payments').where({ request_key }), pick('payments', 'id'));
}

export function totalOf(invoices: readonly PaidInvoice[]): bigint {
  return invoices.reduce((sum, { amount_cents }) => sum + amount_cents, 0n);
}

export function invoicesError(
  open: readonly OpenInvoice[],
  { account, invoices, started_by }: Pick<PaymentInput, 'account' | 'invoices' | 'started_by'>,
): FieldError | undefined {
  for (const { invoice_id, amount_cents, reason } of invoices) {
    const field = `invoice_${invoice_id}`;
    const invoice = open.find(({ id }) => id === invoice_id);
    if (!invoice) return { field: 'amount', code: 'invoice_not_open' };
    if (invoice.status === 'pending') return { field, code: 'payment_pending' };
    const params = { open: toDecimal(invoice.open_cents, account.currency) };
    if (amount_cents > invoice.open_cents) return { field, code: 'allocation_too_large', params };
    if (amount_cents <= 0n) return { field, code: 'nothing_to_pay' };
    const isChosen = started_by === 'customer' || started_by === 'staff';
    if (isChosen && !reason && amount_cents < undisputed(invoice))
      return { code: 'short_payment_without_reason', field: `reason_${invoice_id}` };
  }
  return undefined;
}

export function amountError(total: bigint, currency: string): FieldError | undefined {
  const minimum = minimumCharge(currency);
  if (total <= 0n) return { field: 'amount', code: 'nothing_to_pay' };
  return total < minimum
    ? { field: 'amount', code: 'below_minimum', params: { minimum: toDecimal(minimum, currency) } }
    : undefined;
}

export async function methodError(
  db: TenantDb,
  { account, gateway, by }: Pick<PaymentInput, 'account' | 'gateway' | 'by'>,
): Promise<FieldError | undefined> {
  if (by === 'page') return undefined;
  const method = await findMethodForCharge(db, by.method_id);
  const isUsable =
    method?.billing_account_id === account.id &&
    method.gateway_id === gateway.id &&
    method.status === 'active';
  return isUsable ? undefined : { field: 'method', code: 'method_unusable' };
}

interface Chosen extends PaidInvoice {
  invoice: OpenInvoice;
}

export function choose(open: readonly OpenInvoice[], invoices: readonly PaidInvoice[]): Chosen[] {
  return invoices.map((paid) => ({ ...paid, invoice: open.find(({ id }) => id === paid.invoice_id)! }));
}

function undisputed({ open_cents, disputed_cents }: OpenInvoice): bigint {
  return open_cents - disputed_cents;
}

export function shortPayments(account: BillingAccount, chosen: readonly Chosen[]): NewShortPayment[] {
  return chosen.flatMap(({ invoice, invoice_id, amount_cents, reason, comment }) => {
    const rest = undisputed(invoice) - amount_cents;
    return reason && rest > 0n
      ? [{ account, invoice_id, amount_cents: rest, reason, comment: comment ?? null }]
      : [];
  });
}

export interface NewPayment {
  id: string;
  status: 'created' | 'scheduled';
  total: bigint;
  scheduled_on: CivilDate | null;
  due_at?: Date;
}

export function insertPayment(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  input: Omit<PaymentInput, 'invoices'>,
  values: NewPayment,
): void {
  db.defer(db.insertStatement('payments', [paymentRow(actor, billing, input, values)]));
}

export function paymentRow(
  actor: Actor,
  billing: Pick<Billing, 'now' | 'today'>,
  input: Pick<PaymentInput, 'gateway' | 'by' | 'saves_method' | 'request_key' | 'started_by'> & {
    account: Pick<BillingAccount, 'id' | 'currency'>;
  },
  { id, status, total, scheduled_on, due_at = after(billing.now, ABANDONED_MS) }: NewPayment,
) {
  const { account, gateway, by, saves_method = false, request_key, started_by } = input;
  return {
    id,
    billing_account_id: account.id,
    channel: gateway.service,
    gateway_id: gateway.id,
    payment_method_id: by === 'page' ? null : by.method_id,
    status,
    amount_cents: total,
    currency: account.currency,
    received_on: billing.today,
    recorded_by: actor.id,
    saves_method,
    request_key,
    started_by,
    scheduled_on,
    attempts: status === 'created' ? 1 : 0,
    due_at,
  };
}

export function insertParts(db: TenantDb, payment_id: string, chosen: readonly Chosen[]): void {
  const rows = chosen.map(({ invoice, invoice_id, amount_cents }) => ({
    payment_id,
    invoice_id,
    amount_cents,
    invoice_status: invoice.status === 'failed' ? ('failed' as const) : ('sent' as const),
  }));
  db.defer(db.insertStatement('payment_invoices', rows));
}

/** Those with a payment on its way must have been refused. */
export function makePending(
  db: TenantDb,
  pending_payment_id: string,
  chosen: readonly Pick<Chosen, 'invoice_id'>[],
): void {
  db.defer(
    db
      .from('invoices')
      .whereRaw('invoices.id = any(?::uuid[])', [chosen.map(({ invoice_id }) => invoice_id)])
      .whereNull('pending_payment_id')
      .update({ status: 'pending', pending_payment_id, version: db.raw('version + 1') }),
  );
}
