import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

const derivedKeys = new Map<string, Buffer>();

function deriveKey(secret: string): Buffer {
  const key = derivedKeys.get(secret) ?? Buffer.from(hkdfSync('sha256', secret, '', 'sealed mail token', 32));
  derivedKeys.set(secret, key);
  return key;
}

/** Encrypts a secret of the row with the id, such as the token of an email or the access code of a unit. */
export function seal(secretKeys: readonly string[], id: string, text: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, deriveKey(secretKeys[0]!), iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(id));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

export function unseal(secretKeys: readonly string[], id: string, sealed: Buffer): string | undefined {
  for (const secret of secretKeys) {
    try {
      return openWith(deriveKey(secret), id, sealed);
    } catch {
      // Encrypted with another key.
    }
  }
  return undefined;
}

function openWith(key: Buffer, id: string, sealed: Buffer): string {
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(id));
  decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
}
