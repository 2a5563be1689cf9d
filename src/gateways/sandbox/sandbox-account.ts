import { createHmac } from 'node:crypto';
import type { Config } from '../../config.ts';
import { inTenant } from '../../database/in-tenant.ts';
import { isId } from '../../database/new-id.ts';
import type { Database } from '../../database/pools.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { GatewayRefused } from '../../domain/gateway/gateway.ts';

/** An account at the sandbox. It is named like the gateway of the tenant. */
export interface SandboxAccount {
  database: Database;
  tenantId: string;
  gatewayId: string;
}

/** The sandbox has its own transactions: what it did stays when that of its caller is rolled back. */
export function inAccount<Result>(
  { database, tenantId }: SandboxAccount,
  work: (db: TenantDb) => Promise<Result>,
): Promise<Result> {
  return inTenant(database, tenantId, work);
}

/** One for each of SECRET_KEYS; the first signs. */
export function webhookSecrets({ secretKeys }: Pick<Config, 'secretKeys'>, gatewayId: string): string[] {
  return secretKeys.map((key) => createHmac('sha256', key).update(`sandbox ${gatewayId}`).digest('hex'));
}

/** @throws {GatewayRefused} for an object that the account does not have */
export function existing<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new GatewayRefused('resource_missing');
  return row;
}

/** @throws {GatewayRefused} for an id that no object can have */
export function objectId(id: string): string {
  if (!isId(id)) throw new GatewayRefused('resource_missing');
  return id;
}
