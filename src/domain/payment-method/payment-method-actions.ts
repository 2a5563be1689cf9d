import { pick, selectRows } from '../../database/columns.ts';
import { inTenant } from '../../database/in-tenant.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found, NotFound } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { openGatewayById, type ChargeDeps } from '../gateway/charge-deps.ts';
import { ensureCustomer } from '../gateway/gateway-customers.ts';
import { GatewayRefused, GatewayUnknown, type MethodType } from '../gateway/gateway.ts';
import { completeMethod } from './complete-method.ts';
import { setDefault, updateMethod } from './method-changes.ts';
import { isChargeable } from './payment-method.ts';
import { findMethod, lockMethod } from './payment-method-queries.ts';
import { refreshMethod } from './refresh-method.ts';
import { detachMethod } from './remove-method.ts';

export interface NewMethodValues {
  /** Of the customer. */
  account_id: string;
  gateway_id: string;
  type: MethodType;
  /** The method that is removed when this one has been added. */
  replaces_id?: string | null;
}

/** After the commit `openMethodPage` continues. @throws {NotFound} if the replaced method is of another account */
export async function addMethod(db: TenantDb, actor: Actor, values: NewMethodValues): Promise<string> {
  const { account_id: billing_account_id, gateway_id, type, replaces_id = null } = values;
  if (replaces_id !== null) {
    const replaced = found(await findMethod(db, replaces_id));
    if (replaced.billing_account_id !== billing_account_id) throw new NotFound('Of another account');
  }
  const id = newId();
  const row = { id, billing_account_id, gateway_id, type, replaces_id, added_by: actor.id };
  await db.insertInto('payment_methods', { ...row, status: 'adding' });
  return id;
}

interface MethodPage {
  /** To which the gateway returns. */
  returnUrl: string;
  cancelUrl: string;
  locale: string;
}

/**
 * Opens the page of the gateway on which the customer enters a card or a bank account, and returns its address. Undefined
 * if the gateway did not open it.
 */
export async function openMethodPage(
  deps: ChargeDeps,
  tenantId: string,
  id: string,
  page: MethodPage,
): Promise<string | undefined> {
  const method = await inTenant(deps.database, tenantId, async (db) => found(await findMethod(db, id)));
  const { billing_account_id: accountId, gateway_id: gatewayId, type } = method;
  try {
    const gateway = await openGatewayById(deps, tenantId, gatewayId);
    const { sessionId, url } = await gateway.openSetupPage({
      customerId: await ensureCustomer(deps, tenantId, gateway, { accountId, gatewayId }),
      methodTypes: [type],
      ...page,
      reference: id,
      key: `${id}:page`,
    });
    await inTenant(deps.database, tenantId, (db) => {
      updateMethod(db, id, { gateway_session_id: sessionId, session_url: url });
    });
    return url;
  } catch (error) {
    if (!(error instanceof GatewayUnknown || error instanceof GatewayRefused)) throw error;
    deps.log.error({ err: error, method: id, tenant: tenantId }, 'a page for a method could not be opened');
    await inTenant(deps.database, tenantId, (db) => {
      updateMethod(db, id, { status: 'failed' });
    });
    return undefined;
  }
}

/** @throws {NotFound} if the viewer may not see the method */
export async function makeDefault(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  id: string,
): Promise<{ ok: true } | RefusedValues> {
  const { account, method } = await lockMethod(db, id);
  if (!isChargeable(method, billing)) return refuse({ field: 'method', code: 'method_unusable' });
  if (!method.is_default) await setDefault(db, actor, billing, account, method);
  return { ok: true };
}

/**
 * Goes on with methods that wait for the gateway: pages that were left, bank accounts that are verified, and methods that
 * could not be removed at once.
 */
export async function continueMethods(deps: ChargeDeps, tenantId: string): Promise<void> {
  const waiting = await inTenant(deps.database, tenantId, async (db) => listWaiting(db));
  for (const { id, status } of waiting)
    try {
      if (status === 'adding') await completeMethod(deps, tenantId, id);
      else if (status === 'removing') await detachMethod(deps, tenantId, id);
      else await refreshMethod(deps, tenantId, id);
    } catch (error) {
      deps.log.warn({ err: error, method: id, tenant: tenantId }, 'a payment method could not be read');
    }
}

function listWaiting(db: TenantDb) {
  const methods = db
    .from('payment_methods')
    .whereRaw(`status in ('adding', 'removing', 'verifying')`)
    .orderBy('id')
    .limit(100);
  return selectRows(methods, pick('payment_methods', 'id', 'status'));
}
