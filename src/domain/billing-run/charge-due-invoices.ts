import { insertMany } from '../../database/insert-many.ts';
import { newId, NIL_ID } from '../../database/new-id.ts';
import { wakeAfterCommit } from '../../database/queue.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { groupBy } from '../../group-by.ts';
import { systemActor } from '../actor.ts';
import { recordAudits } from '../audit/record-audit.ts';
import { lockAccounts } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays, type CivilDate } from '../billing/civil-date.ts';
import { instantOf } from '../billing/local-time.ts';
import { inBilling, type ChargeDeps } from '../gateway/charge-deps.ts';
import { amountText } from '../invoice/draft-actions.ts';
import { labelsOf, paymentQueue } from '../payment/gateway-payment.ts';
import { closePagesBeforeCharge } from '../payment/open-payment-page.ts';
import {
  listAccountsToCharge,
  listAutopayInvoices,
  listInvoicesOnPages,
  planCharges,
  type PlannedCharge,
} from '../payment/planned-charges.ts';
import { paymentRow } from '../payment/start-payment.ts';
import { batchOf, NOTHING, type RunStep } from './run-step.ts';

const MAX_ACCOUNTS = 200;

/** An account with autopay. */
export interface AccountToCharge {
  id: string;
}

export const ofAccounts = {
  describe: ({ id }: AccountToCharge) => ({ id, path: undefined, name: 'Account' }),
};

/**
 * Starts one payment for each account of the invoices that are due. The worker charges them after the commit. Amounts
 * that are too small to be charged wait for the next invoice.
 */
export const chargeDueInvoices: RunStep<AccountToCharge> = {
  list: async (db, { billing }, after) => {
    const page = { after: after?.[0] ?? NIL_ID, limit: MAX_ACCOUNTS };
    const rows = await listAccountsToCharge(db, await lastChargeDay(billing), page);
    return batchOf(rows, MAX_ACCOUNTS, ({ id }) => [id]);
  },
  process: async (db, { billing }, rows) => {
    const ids = rows.map(({ id }) => id);
    await lockAccounts(db, ids);
    const day = await lastChargeDay(billing);
    const invoices = groupBy(
      await listAutopayInvoices(db, ids),
      ({ billing_account_id }) => billing_account_id,
    );
    const charges = [...invoices.values()]
      .map((ofAccount) => planCharges(ofAccount, day)[0]!)
      .filter(({ on, is_too_small }) => on === day && !is_too_small);
    if (charges.length === 0) return NOTHING;
    storeCharges(db, billing, charges);
    await db.flush();
    wakeAfterCommit(db, paymentQueue);
    return { invoices: charges.length, amount_cents: totalIn(billing, charges) };
  },
  ...ofAccounts,
};

/** Before the run, which makes no calls to the gateway: an invoice with an open page would wait for the next day. */
export async function closePagesToCharge(deps: ChargeDeps, tenantId: string): Promise<void> {
  const invoiceIds = await inBilling(deps, tenantId, async (db, billing) =>
    listInvoicesOnPages(db, await lastChargeDay(billing)),
  );
  await closePagesBeforeCharge(deps, tenantId, invoiceIds);
}

/** Invoices of today are charged from the time of the settings on, also when an earlier run is made up for. */
export async function lastChargeDay({ today, now, autopay_time, time_zone }: Billing): Promise<CivilDate> {
  return now < (await instantOf(today, autopay_time, time_zone)) ? addDays(today, -1) : today;
}

const actor = systemActor('Billing run');

function storeCharges(db: TenantDb, billing: Billing, charges: readonly PlannedCharge[]): void {
  const payments = charges.map((charge) => ({ ...charge, id: newId() }));
  db.defer(
    insertMany(
      db,
      'payments',
      payments.map((payment) => autopayRow(billing, payment)),
    ),
  );
  const parts = payments.flatMap(({ id, invoices }) =>
    invoices.map((invoice) => ({
      payment_id: id,
      invoice_id: invoice.id,
      amount_cents: invoice.amount_cents,
      invoice_status: invoice.status,
    })),
  );
  db.defer(insertMany(db, 'payment_invoices', parts));
  db.defer(
    db.raw(
      `update invoices i set status = 'pending', pending_payment_id = r.payment_id, version = i.version + 1
       from unnest(?::uuid[], ?::uuid[]) r (id, payment_id)
       where i.tenant_id = ? and i.id = r.id and i.pending_payment_id is null`,
      [parts.map(({ invoice_id }) => invoice_id), parts.map(({ payment_id }) => payment_id), db.tenantId],
    ),
  );
  recordAudits(
    db,
    actor,
    payments.map(({ id, invoices, amount_cents }) => ({
      event: 'payment.started',
      target: { type: 'payment', id, name: labelsOf(invoices) },
      changes: {
        amount: [null, amountText(amount_cents, invoices[0]!.currency)],
        started_by: [null, 'autopay'],
      },
    })),
  );
}

function autopayRow(billing: Billing, { id, invoices, amount_cents }: PlannedCharge & { id: string }) {
  const { id: invoiceId, billing_account_id, currency, method_id, gateway_id, service } = invoices[0]!;
  return paymentRow(
    actor,
    billing,
    {
      account: { id: billing_account_id, currency },
      gateway: { id: gateway_id, service },
      by: { method_id },
      // A charge of the same day violates it, also if a run missed the lock.
      request_key: `autopay:${invoiceId}:${billing.today}`,
      started_by: 'autopay',
    },
    { id, status: 'created', total: amount_cents, scheduled_on: null, due_at: billing.now },
  );
}

function totalIn({ currency }: Billing, charges: readonly PlannedCharge[]): bigint {
  return charges
    .filter(({ invoices }) => invoices[0]!.currency === currency)
    .reduce((sum, { amount_cents }) => sum + amount_cents, 0n);
}
