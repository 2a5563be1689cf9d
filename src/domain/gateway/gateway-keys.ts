import { seal, unseal } from '../token/seal.ts';
import type { GatewayRow } from './gateway-queries.ts';

/** What an account at a payment service is opened with. */
export interface GatewayKeys {
  secretKey: string | undefined;
  /** The current one first; a second one while it is replaced. */
  webhookSecrets: string[];
}

type SealedKeys = Pick<GatewayRow, 'id' | 'sealed_secret_key' | 'sealed_webhook_secrets'>;

/** Keys that none of SECRET_KEYS can decrypt are missing. */
export function readKeys(secretKeys: readonly string[], row: SealedKeys): GatewayKeys {
  const { id, sealed_secret_key, sealed_webhook_secrets } = row;
  const read = (sealed: Buffer | null, name: string) => sealed && unseal(secretKeys, `${id} ${name}`, sealed);
  const secrets = read(sealed_webhook_secrets, 'webhook_secrets') ?? '[]';
  return {
    secretKey: read(sealed_secret_key, 'secret_key') ?? undefined,
    webhookSecrets: JSON.parse(secrets) as string[],
  };
}

export function sealKeys(
  secretKeys: readonly string[],
  id: string,
  { secretKey, webhookSecrets }: GatewayKeys & { secretKey: string },
): Omit<SealedKeys, 'id'> {
  return {
    sealed_secret_key: seal(secretKeys, `${id} secret_key`, secretKey),
    sealed_webhook_secrets: seal(secretKeys, `${id} webhook_secrets`, JSON.stringify(webhookSecrets)),
  };
}
