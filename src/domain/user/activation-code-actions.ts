import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { mintToken, revokeTokens } from '../token/one-time-token.ts';
import { newActivationCode } from './activation-code.ts';
import { findUserForUpdate, type User } from './user-queries.ts';
import { displayName, hasEmail, userTarget } from './user.ts';

/** Why the user gets no code; null if they may have one. */
export function activationCodeError(
  user: Pick<User, 'name' | 'email' | 'status' | 'is_blocked' | 'has_password'>,
): FieldError | null {
  const params = { user: displayName(user) };
  const field = 'activation_code';
  if (hasEmail(user) || user.has_password) return { field, code: 'code_needs_no_email', params };
  if (user.is_blocked) return { field, code: 'user_blocked', params };
  return user.status === 'disabled' ? { field, code: 'user_disabled', params } : null;
}

type CreatedCode = { ok: true; user: User; code: string } | RefusedValues;

/** An older code stops working. The new one is not stored. @throws {NotFound} if the tenant has no such customer */
export async function createActivationCode(db: TenantDb, actor: Actor, id: string): Promise<CreatedCode> {
  const user = found(await findUserForUpdate(db, id));
  const error = activationCodeError(user);
  if (error) return refuse(error);
  const code = newActivationCode();
  await mintToken(db, { user_id: id, purpose: 'activation_code', sent_to: '', token: code });
  recordAudit(db, actor, { event: 'user.activation_code_created', target: userTarget(user) });
  return { ok: true, user, code };
}

/** @throws {NotFound} if the tenant has no such customer */
export async function revokeActivationCode(
  db: TenantDb,
  actor: Actor,
  id: string,
): Promise<{ user: User; isRevoked: boolean }> {
  const user = found(await findUserForUpdate(db, id));
  if (!user.code_expires_at) return { user, isRevoked: false };
  revokeTokens(db, id, 'activation_code');
  recordAudit(db, actor, { event: 'user.activation_code_revoked', target: userTarget(user) });
  return { user, isRevoked: true };
}
