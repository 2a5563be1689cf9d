import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

const derived = new Map<string, Buffer>();

function keyOf(secret: string): Buffer {
  const key = derived.get(secret) ?? Buffer.from(hkdfSync('sha256', secret, '', 'sealed mail token', 32));
  derived.set(secret, key);
  return key;
}

/**
 * A token as it waits in its mail's row between two attempts. Bound to that row, so that a sealed token moved to
 * another mail does not open.
 */
export function sealToken(secretKeys: readonly string[], emailId: string, token: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, keyOf(secretKeys[0]!), iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(emailId));
  const sealed = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

/** The token, or undefined when none of the keys in use sealed it. */
export function openToken(
  secretKeys: readonly string[],
  emailId: string,
  sealed: Buffer,
): string | undefined {
  for (const secret of secretKeys) {
    try {
      return openWith(keyOf(secret), emailId, sealed);
    } catch {
      // Sealed with another key of the rotation, or not by us at all.
    }
  }
  return undefined;
}

function openWith(key: Buffer, emailId: string, sealed: Buffer): string {
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(emailId));
  decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
}
