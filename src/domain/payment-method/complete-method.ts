import { inTenant } from '../../database/in-tenant.ts';
import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { gatewayActor, inBilling, openGatewayById, type ChargeDeps } from '../gateway/charge-deps.ts';
import type { MethodFacts } from '../gateway/gateway.ts';
import { setDefault, updateMethod } from './method-changes.ts';
import { describeMethod, isChargeable } from './payment-method.ts';
import { findDefaultMethod, findMethod, lockMethod, type PaymentMethod } from './payment-method-queries.ts';
import { beginRemoval, detachMethod } from './remove-method.ts';

const ABANDONED_MS = 24 * 3_600_000;

/**
 * Reads the page on which a method is added, and stores the method when the customer has completed it. Safe to call
 * again. Returns the state of the method.
 *
 * @throws {GatewayUnknown}
 * @throws {NotFound}
 */
export async function completeMethod(
  deps: ChargeDeps,
  tenantId: string,
  id: string,
): Promise<PaymentMethod['status']> {
  const find = () => inTenant(deps.database, tenantId, async (db) => found(await findMethod(db, id)));
  const method = await find();
  if (method.status !== 'adding') return method.status;
  const session = method.gateway_session_id;
  const gateway = session === null ? undefined : await openGatewayById(deps, tenantId, method.gateway_id);
  const page = session === null ? undefined : await gateway!.readSession(session);
  if (page?.state === 'complete' && page.methodId !== undefined) {
    const { methodId: external_id } = page;
    const facts = await gateway!.readMethod(external_id);
    await inBilling(deps, tenantId, (db, billing) => storeMethod(db, billing, id, { external_id, facts }));
    if (method.replaces_id !== null) await detachMethod(deps, tenantId, method.replaces_id);
  } else await abandon(deps, tenantId, method, page?.state === 'expired');
  return (await find()).status;
}

/** For the page to which the gateway returns. */
export function findMethodOfSession(db: TenantDb, sessionId: string) {
  const methods = db.from('payment_methods').where({ gateway_session_id: sessionId });
  return selectRow(methods, pick('payment_methods', 'id', 'billing_account_id', 'status'));
}

async function storeMethod(
  db: TenantDb,
  billing: Billing,
  id: string,
  { external_id, facts }: { external_id: string; facts: MethodFacts },
): Promise<void> {
  const { account, method } = await lockMethod(db, id);
  if (method.status !== 'adding') return;
  const { state, ...shown } = facts;
  const status = state === 'gone' ? 'failed' : state;
  updateMethod(db, id, { ...shown, external_id, status, session_url: null });
  if (status === 'failed') return;
  const added = { ...method, ...shown, external_id, status };
  recordAudit(db, gatewayActor, {
    event: 'payment_method.added',
    target: { type: 'payment_method', id, name: describeMethod(added) },
  });
  await takeOver(db, billing, { account, method: added });
}

/** The first method is the default, and so is one that replaces the default. */
async function takeOver(
  db: TenantDb,
  billing: Billing,
  { account, method }: Awaited<ReturnType<typeof lockMethod>>,
): Promise<void> {
  const former = await findDefaultMethod(db, account.id);
  const isDefault = !former || former.id === method.replaces_id || !isChargeable(former, billing);
  if (isDefault && method.status === 'active') await setDefault(db, gatewayActor, billing, account, method);
  const replaced = method.replaces_id === null ? undefined : await findMethod(db, method.replaces_id);
  if (!replaced) return;
  const scheduled = { payment_method_id: replaced.id, gateway_id: method.gateway_id, status: 'scheduled' };
  db.defer(db.from('payments').where(scheduled).update({ payment_method_id: method.id }));
  await beginRemoval(db, gatewayActor, billing, { account, method: replaced }, { isReplaced: true });
}

async function abandon(
  deps: ChargeDeps,
  tenantId: string,
  { id, created_at }: PaymentMethod,
  isExpired: boolean,
): Promise<void> {
  await inBilling(deps, tenantId, async (db, { now }) => {
    const isTooOld = now.getTime() - created_at.getTime() > ABANDONED_MS;
    if (!isExpired && !isTooOld) return;
    const { method } = await lockMethod(db, id);
    if (method.status === 'adding') updateMethod(db, id, { status: 'abandoned', session_url: null });
  });
}
