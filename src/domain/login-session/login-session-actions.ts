import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Seconds a sign-in lasts: without a request, and at all. */
const lengths = {
  customer: { idle: 30 * MINUTE, absolute: 12 * HOUR },
  staff: { idle: 15 * MINUTE, absolute: 8 * HOUR },
  remembered: { idle: 14 * DAY, absolute: 14 * DAY },
};

export interface StartedLoginSession {
  id: string;
  /** Milliseconds since 1970. */
  ends_at: number;
  is_remembered: boolean;
}

export async function startLoginSession(
  db: TenantDb,
  actor: Actor,
  user: { id: string; audience: 'customer' | 'staff' },
  {
    sidHash,
    isRemembered,
    isTermsPending,
  }: { sidHash: string; isRemembered: boolean; isTermsPending: boolean },
): Promise<StartedLoginSession> {
  const { idle, absolute } =
    isRemembered && user.audience === 'customer' ? lengths.remembered : lengths[user.audience];
  const id = newId();
  const ends_at = Date.now() + absolute * 1000;
  await db.insertInto('login_sessions', {
    id,
    sid_hash: sidHash,
    user_id: user.id,
    audience: user.audience,
    is_remembered: isRemembered,
    is_terms_pending: isTermsPending,
    idle_seconds: idle,
    expires_at: new Date(ends_at),
    ip: actor.ip,
    user_agent: actor.user_agent,
  });
  return { id, ends_at, is_remembered: isRemembered };
}

/** Ends a person's sign-ins, all or all but one; answers how many. In-flight requests cannot revive a revoked one. */
export async function revokeLoginSessions(
  db: TenantDb,
  userId: string,
  { except }: { except?: string } = {},
): Promise<number> {
  const ended = await db
    .from('login_sessions')
    .where({ user_id: userId })
    .whereNull('revoked_at')
    .modify((sessions) => void (except && sessions.whereNot('id', except)))
    .update({ revoked_at: db.raw('now()') });
  return ended as unknown as number;
}

/** Ends the sign-ins of everybody at a tenant. */
export async function revokeAllLoginSessions(db: TenantDb): Promise<void> {
  await db
    .from('login_sessions')
    .whereNull('revoked_at')
    .update({ revoked_at: db.raw('now()') });
}

export async function revokeLoginSession(db: TenantDb, id: string, userId: string): Promise<void> {
  await db
    .from('login_sessions')
    .where({ id, user_id: userId })
    .whereNull('revoked_at')
    .update({ revoked_at: db.raw('now()') });
}
