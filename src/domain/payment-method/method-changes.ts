import { pick, selectRows } from '../../database/columns.ts';
import type { NewRow, TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { BillingAccount } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { listParts } from '../payment/gateway-payment.ts';
import { endRetries, owedParts } from '../payment/retry-payment.ts';
import { startPayment } from '../payment/start-payment.ts';
import { describeMethod } from './payment-method.ts';
import type { PaymentMethod } from './payment-method-queries.ts';

export function updateMethod(db: TenantDb, id: string, values: NewRow<'payment_methods'>): void {
  db.defer(
    db
      .from('payment_methods')
      .where({ id })
      .update({ ...values, version: db.raw('version + 1') }),
  );
}

/** Of the locked account. What had failed with the former default method is charged at once. */
export async function setDefault(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  account: BillingAccount,
  method: PaymentMethod,
): Promise<void> {
  const former = { billing_account_id: account.id, is_default: true };
  db.defer(db.from('payment_methods').where(former).update({ is_default: false }));
  updateMethod(db, method.id, { is_default: true });
  recordAudit(db, actor, {
    event: 'payment_method.made_default',
    target: { type: 'payment_method', id: method.id, name: describeMethod(method) },
  });
  await chargeFailed(db, actor, billing, account, method);
}

const failedColumns = pick('payments', 'id', 'channel', 'started_by', 'payment_method_id');

/** A new method is a new payment: the tries of the failed one end. */
async function chargeFailed(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  account: BillingAccount,
  method: PaymentMethod,
): Promise<void> {
  const failed = db
    .from('payments')
    .where({ billing_account_id: account.id, direction: 'in', status: 'failed' })
    .whereRaw(`(needs = 'new_method' or next_retry_on is not null)`)
    .whereNot({ payment_method_id: method.id })
    .orderBy('id');
  for (const payment of await selectRows(failed, failedColumns)) {
    const owed = owedParts(await listParts(db, payment.id));
    endRetries(db, payment.id);
    if (owed.length === 0) continue;
    await startPayment(db, actor, billing, {
      account,
      gateway: { id: method.gateway_id, service: payment.channel === 'stripe' ? 'stripe' : 'sandbox' },
      invoices: owed.map(({ invoice_id, amount_cents }) => ({ invoice_id, amount_cents })),
      by: { method_id: method.id },
      request_key: null,
      // The customer has decided about the amounts before.
      started_by: payment.started_by === 'customer' ? 'autopay' : payment.started_by,
    });
  }
}
