import { createHash, randomBytes } from 'node:crypto';
import type { TenantDb } from '../../database/tenant-db.ts';

const hour = 60 * 60;

/** What a one-time link is good for, and for how many seconds. */
export const tokenLifetimes = {
  invitation: 7 * 24 * hour,
  set_password: 24 * hour,
  reset_password: hour,
  verify_email: 24 * hour,
  change_email: 24 * hour,
} as const;

export type TokenPurpose = keyof typeof tokenLifetimes;

export interface MintedToken {
  token: string;
  token_hash: Buffer;
  expires_at: Date;
}

/** What is stored of a token: enough to know it again, nothing to use it with. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** A new one-time token for a person's address; the older ones of its purpose stop working. */
export async function mintToken(
  db: TenantDb,
  { user_id, purpose, sent_to }: { user_id: string; purpose: TokenPurpose; sent_to: string },
): Promise<MintedToken> {
  const token = randomBytes(32).toString('base64url');
  const token_hash = hashToken(token);
  const expires_at = new Date(Date.now() + tokenLifetimes[purpose] * 1000);
  await db
    .from('one_time_tokens')
    .where({ user_id, purpose })
    .whereNull('used_at')
    .whereNull('revoked_at')
    .update({ revoked_at: new Date() });
  await db.insertInto('one_time_tokens', { token_hash, user_id, purpose, sent_to, expires_at });
  return { token, token_hash, expires_at };
}
