import { newId } from '../../database/new-id.ts';
import { selectRow, pick } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { gatewayActor } from '../gateway/charge-deps.ts';
import type { MethodFacts } from '../gateway/gateway.ts';
import type { LockedPayment } from '../payment/gateway-payment.ts';
import { updatePayment } from '../payment/gateway-payment.ts';
import { describeMethod, isChargeable } from './payment-method.ts';

/** The method with which a customer paid on a page and that they wanted to save. */
export interface PaidMethod {
  external_id: string;
  facts: MethodFacts;
}

/** Stores it once, as the default if the account has none that can be charged. */
export async function insertPaidMethod(
  db: TenantDb,
  billing: Billing,
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
    pick('payment_methods', 'id', 'status', 'gateway_id'),
  );
  const id = newId();
  const is_default = state === 'active' && !(other && isChargeable(other, billing));
  if (is_default && other)
    db.defer(db.from('payment_methods').where({ id: other.id }).update({ is_default: false }));
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
