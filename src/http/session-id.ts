import { createHash, randomBytes } from 'node:crypto';
import type { Request } from 'express';
import { isId } from '../database/new-id.ts';

/** Contains the tenant id, so that the store can read the session and its login in one round trip. */
export function newSid(req: Request): string {
  const owner = req.portal.kind === 'platform' ? 'platform' : req.portal.tenant.id;
  return `${owner}.${randomBytes(32).toString('base64url')}`;
}

/** Only the hash of a session id is stored: reading the table does not allow logging in. */
export function hashSid(sid: string): string {
  return createHash('sha256').update(sid).digest('base64url');
}

export function tenantOfSid(sid: string): string | undefined {
  const tenantId = sid.slice(0, sid.indexOf('.'));
  return isId(tenantId) ? tenantId : undefined;
}
