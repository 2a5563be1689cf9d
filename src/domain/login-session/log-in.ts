import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { findTermsToAccept } from '../terms/terms-queries.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { startLoginSession, type StartedLoginSession } from './login-session-actions.ts';

export interface Credentials {
  id: string;
  audience: 'customer' | 'staff';
  name: string;
  email: string;
  status: 'enabled' | 'disabled';
  password_hash: string | null;
  email_verified_at: Date | null;
  is_email_proven: boolean;
}

export function findCredentials(db: TenantDb, audience: 'customer' | 'staff', address: EmailAddress) {
  return db
    .from('users')
    .where({ audience, email_norm: address })
    .select(
      'id',
      'audience',
      'name',
      'email',
      'status',
      'password_hash',
      'email_verified_at',
      'is_email_proven',
    )
    .first() as unknown as Knex.QueryBuilder<Credentials, Credentials | undefined>;
}

/** Read at every sign-in from the database: the directory may be ten seconds old. */
export function findTenantStatus(db: TenantDb) {
  return db.raw('select status from tenants where id = ?', [db.tenantId]) as unknown as Knex.Raw<{
    rows: { status: string }[];
  }>;
}

export interface LoggedIn {
  session: StartedLoginSession;
  /** This sign-in followed a mailed link, and with that the address is known to be theirs. */
  has_just_verified: boolean;
}

/**
 * Lets somebody in whose password was right, unless they were disabled, moved or given another password since it was
 * checked: then nothing happens, and the answer is undefined.
 */
export async function logIn(
  db: TenantDb,
  actor: Actor,
  user: Credentials,
  { sidHash, isRemembered, renewedHash }: { sidHash: string; isRemembered: boolean; renewedHash?: string },
): Promise<LoggedIn | undefined> {
  const { id, status, email, password_hash } = user;
  const has_just_verified = user.is_email_proven && user.email_verified_at === null;
  const updated = (await db
    .from('users')
    .where({ id, status, email, password_hash })
    .update({
      last_login_at: db.raw('now()'),
      ...(has_just_verified && { email_verified_at: db.raw('now()') }),
      ...(renewedHash && { password_hash: renewedHash }),
    })) as unknown as number;
  if (updated === 0) return undefined;
  const terms = user.audience === 'customer' ? await findTermsToAccept(db, user.id) : undefined;
  const session = await startLoginSession(db, actor, user, {
    sidHash,
    isRemembered,
    isTermsPending: terms !== undefined,
  });
  const target = { type: 'user', id: user.id, name: user.name || user.email } as const;
  await recordAudit(
    db,
    { ...actor, kind: user.audience, id: user.id, name: target.name },
    { event: 'user.logged_in', target },
  );
  if (has_just_verified) await recordAudit(db, actor, { event: 'user.email_verified', target });
  return { session, has_just_verified };
}
