import type { ChargeDeps } from '../../../domain/gateway/charge-deps.ts';
import type { GatewayRow } from '../../../domain/gateway/gateway-queries.ts';
import { GatewayRefused, GatewayUnknown } from '../../../domain/gateway/gateway.ts';
import type { Flash } from '../../../http/flash.ts';

/** Reads the account of the gateway, outside a transaction. */
export async function testConnection(deps: ChargeDeps, tenantId: string, row: GatewayRow): Promise<Flash> {
  try {
    const gateway = await deps.openGateway(tenantId, row);
    const params = await gateway.readAccount();
    return gateway.mode === 'live'
      ? { kind: 'ok', text: 'The connection works. The account is {name}.', params }
      : {
          kind: 'ok',
          text: 'The connection works in test mode: no money is moved. The account is {name}.',
          params,
        };
  } catch (error) {
    return { kind: 'bad', ...problemOf(error) };
  }
}

const REFUSALS: Readonly<Record<string, string>> = {
  wrong_key: 'The payment service does not accept the secret key. Copy it again from the account.',
  not_permitted: 'The secret key is not permitted to read the account. Use a key with this permission.',
  keys_unreadable: 'The stored keys cannot be decrypted. Enter them again.',
};

function problemOf(error: unknown): Pick<Flash, 'text' | 'params'> {
  if (error instanceof GatewayUnknown)
    return {
      text: 'The payment service could not be reached, or did not respond within 20 seconds. Try again.',
    };
  if (!(error instanceof GatewayRefused)) throw error;
  const text = REFUSALS[error.code];
  return text === undefined
    ? { text: 'The payment service refused the request: {code}.', params: { code: error.code } }
    : { text };
}
