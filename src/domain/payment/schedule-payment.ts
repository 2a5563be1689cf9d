import { pick, selectRow } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { paymentTexts } from '../../locales/payment-texts.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays, type CivilDate } from '../billing/civil-date.ts';
import { instantOf } from '../billing/local-time.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { gatewayActor, inBilling, type ChargeDeps } from '../gateway/charge-deps.ts';
import { amountText } from '../invoice/draft-actions.ts';
import { listOpenInvoices } from '../invoice/open-invoices.ts';
import { isChargeable } from '../payment-method/payment-method.ts';
import { chargePayment } from './charge-payment.ts';
import {
  ABANDONED_MS,
  after,
  findMethodForCharge,
  labelsOf,
  listParts,
  lockGatewayPayment,
  updatePayment,
  type GatewayPayment,
  type LockedPayment,
  type PaymentPart,
} from './gateway-payment.ts';
import { queuePaymentEmail } from './payment-emails.ts';
import { closePagesOf, owedParts, storeParts, waitsUntil } from './retry-payment.ts';
import { cancelShortPayments, insertWaiting } from './short-payments.ts';
import {
  amountError,
  choose,
  findRequested,
  insertParts,
  insertPayment,
  invoicesError,
  makePending,
  methodError,
  shortPayments,
  totalOf,
  type PaymentInput,
  type StartedPayment,
} from './start-payment.ts';

/** Local time on its day at which a scheduled payment starts. Until then it can be cancelled. */
export const SCHEDULE_TIME = '05:00';

const MAX_DAYS = 365;

/** Charges the stored method on a later day, as far as the invoices are still open then. */
export async function schedulePayment(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  input: PaymentInput & { by: { method_id: string } },
  on: CivilDate,
): Promise<StartedPayment> {
  const { account, request_key } = input;
  const existing = await findRequested(db, request_key);
  if (existing) return { ok: true, payment_id: existing.id };
  const open = await listOpenInvoices(db, account.id);
  const total = totalOf(input.invoices);
  const error =
    dateError(billing, on) ??
    invoicesError(open, input) ??
    amountError(total, account.currency) ??
    (await methodError(db, input)) ??
    (await scheduleError(db, input));
  if (error) return refuse(error);
  const id = newId();
  const chosen = choose(open, input.invoices);
  const due_at = await instantOf(on, SCHEDULE_TIME, billing.time_zone);
  insertPayment(db, actor, billing, input, { id, status: 'scheduled', total, scheduled_on: on, due_at });
  insertParts(db, id, chosen);
  insertWaiting(db, actor, id, shortPayments(account, chosen));
  recordAudit(db, actor, {
    event: 'payment.scheduled',
    target: { type: 'payment', id, name: chosen.map(({ invoice }) => invoice.label).join(', ') },
    changes: { amount: [null, amountText(total, account.currency)], scheduled_on: [null, on] },
  });
  await db.flush();
  return { ok: true, payment_id: id };
}

function dateError({ today }: Billing, on: CivilDate): FieldError | undefined {
  return on <= today || on > addDays(today, MAX_DAYS)
    ? { field: 'scheduled_on', code: 'date_not_in_schedule' }
    : undefined;
}

/** One schedule for each invoice. */
async function scheduleError(
  db: TenantDb,
  { invoices }: Pick<PaymentInput, 'invoices'>,
): Promise<FieldError | undefined> {
  const scheduled = db
    .from('payment_invoices as p')
    .join('payments as y', { 'y.tenant_id': 'p.tenant_id', 'y.id': 'p.payment_id' })
    .where('y.status', 'scheduled')
    .whereRaw('p.invoice_id = any(?::uuid[])', [invoices.map(({ invoice_id }) => invoice_id)])
    .limit(1);
  const found = await selectRow(scheduled, pick('payment_invoices as p', 'invoice_id'));
  if (!found) return undefined;
  const field = `invoice_${found.invoice_id}`;
  return { field, code: 'schedule_exists' };
}

/** @throws {NotFound} if the viewer may not see the payment */
export async function cancelSchedule(
  db: TenantDb,
  actor: Actor,
  id: string,
): Promise<{ ok: true; payment_id: string } | RefusedValues> {
  const { payment } = await lockGatewayPayment(db, id);
  if (payment.status !== 'scheduled') return refuse({ field: 'payment', code: 'not_scheduled' });
  await endSchedule(db, actor, payment, await listParts(db, id));
  return { ok: true, payment_id: id };
}

async function endSchedule(
  db: TenantDb,
  actor: Actor,
  { id, scheduled_on }: GatewayPayment,
  parts: readonly PaymentPart[],
  reason: string | null = null,
): Promise<void> {
  updatePayment(db, id, { status: 'cancelled', due_at: null, failure_text: reason });
  cancelShortPayments(db, id);
  recordAudit(db, actor, {
    event: 'payment.schedule_cancelled',
    target: { type: 'payment', id, name: labelsOf(parts) },
    changes: { scheduled_on: [scheduled_on, null] },
  });
  await db.flush();
}

/** On the day: reads the balances again and charges the smaller amount. */
export async function startScheduled(deps: ChargeDeps, tenantId: string, id: string): Promise<void> {
  await closePagesOf(deps, tenantId, id);
  const isStarted = await inBilling(deps, tenantId, async (db, billing) => {
    const locked = await lockGatewayPayment(db, id);
    return locked.payment.status === 'scheduled' && beginScheduled(db, billing, locked);
  });
  if (isStarted) await chargePayment(deps, tenantId, id);
}

async function beginScheduled(db: TenantDb, billing: Billing, { payment }: LockedPayment): Promise<boolean> {
  const { id, currency, payment_method_id } = payment;
  const parts = await listParts(db, id);
  const waiting = waitsUntil(billing, parts);
  if (waiting) {
    updatePayment(db, id, { due_at: waiting });
    return false;
  }
  const owed = owedParts(parts);
  const total = totalOf(owed);
  const method = payment_method_id === null ? undefined : await findMethodForCharge(db, payment_method_id);
  const reason = cancelReason(total, currency, method !== undefined && isChargeable(method, billing));
  if (reason !== undefined) {
    await endSchedule(db, gatewayActor, payment, parts, reason);
    await queuePaymentEmail(db, billing, 'scheduledPaymentCancelled', payment, {
      label: labelsOf(parts),
      reason,
    });
    return false;
  }
  storeParts(db, id, parts, owed);
  const due_at = after(billing.now, ABANDONED_MS);
  const scheduled_cents = total < payment.amount_cents ? payment.amount_cents : null;
  updatePayment(db, id, { status: 'created', amount_cents: total, scheduled_cents, attempts: 1, due_at });
  makePending(db, id, owed);
  recordAudit(db, gatewayActor, {
    event: 'payment.started',
    target: { type: 'payment', id, name: labelsOf(owed) },
    changes: { amount: [null, amountText(total, currency)], scheduled_on: [null, payment.scheduled_on] },
  });
  await db.flush();
  return true;
}

function cancelReason(total: bigint, currency: string, isUsable: boolean): string | undefined {
  if (total === 0n) return paymentTexts.nothing_open;
  if (!isUsable) return paymentTexts.method_removed;
  return amountError(total, currency) && paymentTexts.amount_too_small;
}
