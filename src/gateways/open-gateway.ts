import type { Config } from '../config.ts';
import type { Database } from '../database/pools.ts';
import { GatewayRefused, type PaymentGateway } from '../domain/gateway/gateway.ts';
import type { GatewayRow } from '../domain/gateway/gateway-queries.ts';

export interface GatewayDeps {
  config: Config;
  database: Database;
}

/** Loads the adapter on demand. @throws {GatewayRefused} when it cannot be used here */
export async function openGateway(
  deps: GatewayDeps,
  tenantId: string,
  row: GatewayRow,
): Promise<PaymentGateway> {
  if (row.service === 'stripe') throw new GatewayRefused('stripe_not_available');
  if (deps.config.production) throw new GatewayRefused('sandbox_in_production');
  const { SandboxGateway } = await import('./sandbox/sandbox-gateway.ts');
  return new SandboxGateway(deps, tenantId, row.id);
}
