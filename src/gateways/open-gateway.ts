import type { Config } from '../config.ts';
import type { Database } from '../database/pools.ts';
import { readKeys } from '../domain/gateway/gateway-keys.ts';
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
  if (row.service === 'stripe') return openStripe(deps.config, row);
  if (deps.config.production) throw new GatewayRefused('sandbox_in_production');
  const { SandboxGateway } = await import('./sandbox/sandbox-gateway.ts');
  return new SandboxGateway(deps, tenantId, row.id);
}

/** The SDK takes longer to load than the rest of a page takes. */
async function openStripe({ secretKeys, stripeApiUrl }: Config, row: GatewayRow): Promise<PaymentGateway> {
  const { StripeGateway } = await import('./stripe/stripe-gateway.ts');
  const { secretKey, webhookSecrets } = readKeys(secretKeys, row);
  if (secretKey === undefined) throw new GatewayRefused('keys_unreadable');
  return new StripeGateway({ mode: row.mode, secretKey, webhookSecrets, apiUrl: stripeApiUrl });
}
