import { inTenant } from '../../database/in-tenant.ts';
import type { Database } from '../../database/pools.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { systemActor } from '../actor.ts';
import { getBilling, type Billing } from '../billing/billing-settings.ts';
import type { PortalDomains } from '../tenant/tenant.ts';
import { findGateway, type GatewayRow } from './gateway-queries.ts';
import type { PaymentGateway } from './gateway.ts';

/** What actions need that call a gateway between their transactions. */
export interface ChargeDeps {
  database: Database;
  config: PortalDomains & { production: boolean };
  log: Log;
  openGateway: (tenantId: string, gateway: GatewayRow) => Promise<PaymentGateway>;
}

/** Stores what a gateway says. */
export const gatewayActor = systemActor('Payment service');

export function inBilling<Result>(
  { database }: ChargeDeps,
  tenantId: string,
  work: (db: TenantDb, billing: Billing) => Promise<Result>,
): Promise<Result> {
  return inTenant(database, tenantId, async (db) => work(db, await getBilling(db)));
}

/** @throws {NotFound} */
export async function openGatewayById(
  deps: ChargeDeps,
  tenantId: string,
  id: string,
): Promise<PaymentGateway> {
  const row = await inTenant(deps.database, tenantId, async (db) => found(await findGateway(db, id)));
  return deps.openGateway(tenantId, row);
}
