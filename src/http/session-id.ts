import { createHash, randomBytes } from 'node:crypto';

export function newSid(): string {
  return randomBytes(32).toString('base64url');
}

/** Only the hash of a session id is stored: reading the table does not allow logging in. */
export function hashSid(sid: string): string {
  return createHash('sha256').update(sid).digest('base64url');
}
