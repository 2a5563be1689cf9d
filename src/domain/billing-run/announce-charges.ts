import { pick, selectRows } from '../../database/columns.ts';
import { NIL_ID } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { groupBy } from '../../group-by.ts';
import { lockAccounts } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays } from '../billing/civil-date.ts';
import { queueBillingEmails, type BillingEmail } from '../email/queue-billing-emails.ts';
import { describeMethod, isChargeable } from '../payment-method/payment-method.ts';
import { findMethodForCharge, labelsOf, listParts } from '../payment/gateway-payment.ts';
import { queuePaymentEmail } from '../payment/payment-emails.ts';
import {
  listAccountsToCharge,
  listAutopayInvoices,
  planCharges,
  type PlannedCharge,
} from '../payment/planned-charges.ts';
import { owedParts } from '../payment/retry-payment.ts';
import { totalOf } from '../payment/start-payment.ts';
import { lastChargeDay, ofAccounts, type AccountToCharge } from './charge-due-invoices.ts';
import { batchOf, NOTHING, type RunStep } from './run-step.ts';

const MAX_ROWS = 200;

/** Tells of automatic charges, some days before. Each invoice is announced once, with all that is charged with it. */
export const announceCharges: RunStep<AccountToCharge> = {
  list: async (db, { billing }, after) => {
    const page = { after: after?.[0] ?? NIL_ID, limit: MAX_ROWS, isUnannounced: true };
    const rows = await listAccountsToCharge(db, lastAnnounced(billing), page);
    return batchOf(rows, MAX_ROWS, ({ id }) => [id]);
  },
  process: async (db, { billing }, rows) => {
    const ids = rows.map(({ id }) => id);
    await lockAccounts(db, ids);
    const firstDay = addDays(await lastChargeDay(billing), 1);
    const invoices = groupBy(
      await listAutopayInvoices(db, ids),
      ({ billing_account_id }) => billing_account_id,
    );
    const news = [...invoices.values()]
      .flatMap((ofAccount) => planCharges(ofAccount, firstDay))
      .filter(({ on, invoices: charged }) => on <= lastAnnounced(billing) && charged.some(isNew));
    markAnnounced(
      db,
      billing,
      news.flatMap(({ invoices: charged }) => charged.map(({ id }) => id)),
    );
    await queueBillingEmails(db, billing, news.map(emailOf));
    return { ...NOTHING, invoices: news.length };
  },
  ...ofAccounts,
};

function lastAnnounced({ today, charge_notice_days }: Billing) {
  return addDays(today, charge_notice_days);
}

function isNew({ is_announced }: { is_announced: boolean }): boolean {
  return !is_announced;
}

function markAnnounced(db: TenantDb, { now }: Billing, invoiceIds: readonly string[]): void {
  db.defer(
    db
      .from('invoices')
      .whereRaw('invoices.id = any(?::uuid[])', [[...invoiceIds]])
      .whereNull('charge_announced_at')
      .update({ charge_announced_at: now }),
  );
}

function emailOf({ on, invoices, amount_cents, is_too_small }: PlannedCharge): BillingEmail {
  const { billing_account_id, currency } = invoices[0]!;
  return {
    template: 'upcomingCharge',
    billing_account_id,
    path: '/billing',
    variables: {
      on,
      amount_cents: String(amount_cents),
      currency,
      label: labelsOf(invoices),
      method: describeMethod(invoices[0]!),
      ...(is_too_small && { is_too_small: 'true' }),
    },
  };
}

const scheduledColumns = pick(
  'payments as p',
  'id',
  'billing_account_id',
  'currency',
  'amount_cents',
  'payment_method_id',
  'scheduled_on',
);

type Scheduled = Awaited<ReturnType<typeof listScheduled>>[number];

/** Tells of charges that the customer has scheduled. */
export const announceScheduled: RunStep<Scheduled> = {
  list: async (db, { billing }, after) =>
    batchOf(await listScheduled(db, billing, { after: after?.[0] }), MAX_ROWS, ({ id }) => [id]),
  process: async (db, { billing }, rows) => {
    await lockAccounts(
      db,
      rows.map(({ billing_account_id }) => billing_account_id),
    );
    const ids = rows.map(({ id }) => id);
    for (const payment of await listScheduled(db, billing, { ids })) await announce(db, billing, payment);
    return NOTHING;
  },
  describe: ({ id }) => ({ id, path: `/payments/${id}`, name: 'Payment' }),
};

async function announce(db: TenantDb, billing: Billing, payment: Scheduled): Promise<void> {
  const parts = owedParts(await listParts(db, payment.id));
  const method = await findMethodForCharge(db, payment.payment_method_id!);
  if (parts.length === 0 || !method || !isChargeable(method, billing)) return;
  markAnnounced(
    db,
    billing,
    parts.map(({ invoice_id }) => invoice_id),
  );
  const charged = { ...payment, amount_cents: totalOf(parts) };
  const variables = { on: payment.scheduled_on, label: labelsOf(parts), method: describeMethod(method) };
  await queuePaymentEmail(db, billing, 'upcomingCharge', charged, variables);
}

function listScheduled(
  db: TenantDb,
  billing: Billing,
  { after = NIL_ID, ids }: { after?: string | undefined; ids?: readonly string[] },
) {
  const payments = db
    .from('payments as p')
    .where('p.status', 'scheduled')
    .where('p.scheduled_on', '>', billing.today)
    .where('p.scheduled_on', '<=', lastAnnounced(billing))
    .whereRaw(
      `exists (select 1 from payment_invoices q join invoices i on i.tenant_id = q.tenant_id and i.id = q.invoice_id
         where q.tenant_id = ? and q.payment_id = p.id and i.charge_announced_at is null)`,
      [db.tenantId],
    )
    .where('p.id', '>', after)
    .orderBy('p.id')
    .limit(MAX_ROWS);
  if (ids) void payments.whereRaw('p.id = any(?::uuid[])', [[...ids]]);
  return selectRows(payments, scheduledColumns);
}
