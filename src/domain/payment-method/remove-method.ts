import { inTenant } from '../../database/in-tenant.ts';
import { found } from '../../errors.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { BillingAccount } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { queueBillingEmails } from '../email/queue-billing-emails.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { openGatewayById, type ChargeDeps } from '../gateway/charge-deps.ts';
import { endAutopay } from './autopay.ts';
import { setDefault, updateMethod } from './method-changes.ts';
import { describeMethod, isChargeable } from './payment-method.ts';
import { revokeMandate } from './mandate.ts';
import { findMethod, lockMethod, type PaymentMethod } from './payment-method-queries.ts';

export interface RemovalValues {
  id: string;
  /** The next default method, if the removed one was the default. Null turns autopay off. */
  default_id: string | null;
}

/**
 * From the commit on the method is never charged. `detachMethod` then removes it at the gateway, else the worker.
 *
 * @throws {NotFound} if the viewer may not see the method
 */
export async function removeMethod(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, default_id }: RemovalValues,
): Promise<{ ok: true; method: PaymentMethod } | RefusedValues> {
  const locked = await lockMethod(db, id);
  const { account, method } = locked;
  if (method.status === 'removing' || method.status === 'removed') return { ok: true, method };
  const next = default_id === null ? undefined : await findMethod(db, default_id);
  const isUsable = next?.billing_account_id === account.id && isChargeable(next, billing) && next.id !== id;
  if (default_id !== null && !isUsable) return refuse({ field: 'default_id', code: 'method_unusable' });
  await beginRemoval(db, actor, billing, locked, { next: method.is_default ? next : undefined });
  return { ok: true, method };
}

export async function beginRemoval(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { account, method }: { account: BillingAccount; method: PaymentMethod },
  { next, isReplaced = false }: { next?: PaymentMethod | undefined; isReplaced?: boolean },
): Promise<void> {
  if (method.status === 'removing' || method.status === 'removed') return;
  updateMethod(db, method.id, {
    status: 'removing',
    is_default: false,
    removed_by: actor.id,
    removed_at: billing.now,
  });
  recordAudit(db, actor, {
    event: 'payment_method.removed',
    target: { type: 'payment_method', id: method.id, name: describeMethod(method) },
  });
  await revokeMandate(db, actor, billing, method);
  if (next) await setDefault(db, actor, billing, account, next);
  else if (method.is_default && !isReplaced) await endAutopay(db, actor, billing, account, method);
  await queueBillingEmails(db, billing, [
    {
      template: 'paymentMethodRemoved',
      billing_account_id: account.id,
      path: '/billing/payment-methods',
      variables: { method: describeMethod(method) },
    },
  ]);
}

/**
 * Removes the method at the gateway. The row keeps brand and last digits for the history. Safe to call again.
 *
 * @throws {GatewayUnknown}
 */
export async function detachMethod(deps: ChargeDeps, tenantId: string, id: string): Promise<void> {
  const find = (db: TenantDb) => findMethod(db, id);
  const method = found(await inTenant(deps.database, tenantId, async (db) => find(db)));
  if (method.status !== 'removing') return;
  const gateway = await openGatewayById(deps, tenantId, method.gateway_id);
  await gateway.detachMethod(method.external_id!);
  await inTenant(deps.database, tenantId, async (db) => {
    const { method: locked } = await lockMethod(db, id);
    if (locked.status === 'removing') updateMethod(db, id, { status: 'removed' });
  });
}
