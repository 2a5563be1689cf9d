import { pick, selectRow } from '../../database/columns.ts';
import { inTenant } from '../../database/in-tenant.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { ChargeDeps } from './charge-deps.ts';
import { sealKeys } from './gateway-keys.ts';
import { findActiveGateway, type GatewayRow } from './gateway-queries.ts';
import { modeOf } from './gateway-settings.ts';
import { GatewayRefused, GatewayUnknown } from './gateway.ts';

export type NewKeyCheck = 'same_account' | 'other_account' | 'key_refused' | 'service_unreachable';

/**
 * Whether a key that would replace that of the active gateway is of the same account: only then it can read what is
 * stored. Outside a transaction.
 */
export async function checkNewKey(
  deps: ChargeDeps,
  tenantId: string,
  secretKeys: readonly string[],
  secretKey: string,
): Promise<NewKeyCheck> {
  const { row, external } = await inTenant(deps.database, tenantId, async (db) => {
    const active = await findActiveGateway(db);
    return { row: active, external: active && (await findExternal(db, active.id)) };
  });
  const isReplaced = row?.service === 'stripe' && row.mode === modeOf(secretKey);
  if (!isReplaced || !external) return 'same_account';
  const sealed: GatewayRow = { ...row, ...sealKeys(secretKeys, row.id, { secretKey, webhookSecrets: [] }) };
  try {
    const gateway = await deps.openGateway(tenantId, sealed);
    if (external.method) await gateway.readMethod(external.method);
    else await gateway.readCharge(external.charge!);
    return 'same_account';
  } catch (error) {
    if (error instanceof GatewayUnknown) return 'service_unreachable';
    if (!(error instanceof GatewayRefused)) throw error;
    return error.code === 'resource_missing' ? 'other_account' : 'key_refused';
  }
}

interface External {
  method?: string;
  charge?: string;
}

/** Something of the account at the service, the latest. */
async function findExternal(db: TenantDb, gateway_id: string): Promise<External | undefined> {
  const methods = db.from('payment_methods').where({ gateway_id }).whereNotNull('external_id');
  const usable = methods.whereIn('status', ['verifying', 'active', 'needs_attention']);
  const method = await selectRow(
    usable.orderBy('id', 'desc').limit(1),
    pick('payment_methods', 'external_id'),
  );
  if (method) return { method: method.external_id! };
  const payments = db
    .from('payments')
    .where({ gateway_id, direction: 'in' })
    .whereNotNull('gateway_object_id');
  const latest = payments.orderBy('id', 'desc').limit(1);
  const payment = await selectRow(latest, pick('payments', 'gateway_object_id'));
  return payment && { charge: payment.gateway_object_id! };
}
