import type { TenantDb } from '../../database/tenant-db.ts';
import type { Owner } from '../billing-account/billing-account.ts';
import { listBalances, type Balance } from '../invoice/invoice-queries.ts';
import { listOwnMethods, type OwnMethod } from './own-methods.ts';

export type PaymentDetails = [Balance[], OwnMethod[]];

/** How the owner pays, to be sent with the other reads of a page. */
export function readPaymentDetails(db: TenantDb, owner: Owner) {
  return [listBalances(db, owner), listOwnMethods(db, owner)] as const;
}
