import { newId } from '../../database/new-id.ts';
import { selectRow, pick } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { gatewayActor } from '../gateway/charge-deps.ts';
import type { MethodFacts } from '../gateway/gateway.ts';
import type { LockedPayment } from '../payment/gateway-payment.ts';
import { updatePayment } from '../payment/gateway-payment.ts';
import { describeMethod } from './payment-method.ts';

/** The method with which a customer paid on a page and that they wanted to save. */
export interface PaidMethod {
  external_id: string;
  facts: MethodFacts;
}

/** Stores it once, as the default if the account has none. */
export async function insertPaidMethod(
  db: TenantDb,
  _: Billing,
  { account, payment }: LockedPayment,
  { external_id, facts }: PaidMethod,
): Promise<void> {
  const { state, ...shown } = facts;
  if (state === 'gone') return;
  const own = { billing_account_id: account.id };
  const stored = db.from('payment_methods').where({ gateway_id: payment.gateway_id!, external_id });
  const existing = await selectRow(stored, pick('payment_methods', 'id'));
  if (existing) return updatePayment(db, payment.id, { payment_method_id: existing.id });
  const other = await selectRow(
    db.from('payment_methods').where({ ...own, is_default: true }),
    pick('payment_methods', 'id'),
  );
  const id = newId();
  const is_default = state === 'active' && !other;
  const row = {
    id,
    ...own,
    gateway_id: payment.gateway_id!,
    external_id,
    ...shown,
    status: state,
    is_default,
  };
  db.defer(db.insertStatement('payment_methods', [row]));
  updatePayment(db, payment.id, { payment_method_id: id });
  recordAudit(db, gatewayActor, {
    event: 'payment_method.added',
    target: { type: 'payment_method', id, name: describeMethod(shown) },
  });
}
