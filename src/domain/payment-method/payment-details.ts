import type { TenantDb } from '../../database/tenant-db.ts';
import type { Owner } from '../billing-account/billing-account.ts';
import { findActiveGateway, type GatewayRow } from '../gateway/gateway-queries.ts';
import { listBalances, type Balance } from '../invoice/invoice-queries.ts';
import { listOwnMethods, type OwnMethod } from './own-methods.ts';

export type PaymentDetails = [Balance[], OwnMethod[], GatewayRow | undefined];

/** How the owner pays, to be sent with the other reads of a page. */
export function readPaymentDetails(db: TenantDb, owner: Owner) {
  return [listBalances(db, owner), listOwnMethods(db, owner), findActiveGateway(db)] as const;
}
