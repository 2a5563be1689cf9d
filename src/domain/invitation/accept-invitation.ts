import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { logIn } from '../login-session/log-in.ts';
import type { StartedLoginSession } from '../login-session/login-session-actions.ts';
import { setPasswordByLink } from '../password/password-actions.ts';
import type { LinkedUser } from '../token/use-token.ts';

interface Acceptance {
  token: string;
  passwordHash: string;
  sidHash: string;
}

/** An invitation's one step: the password is saved, the address verified and its person signed in, or nothing is. */
export async function acceptInvitation(
  db: TenantDb,
  actor: Actor,
  link: LinkedUser,
  { token, passwordHash, sidHash }: Acceptance,
): Promise<{ ok: true; session: StartedLoginSession } | { ok: false }> {
  const saved = await setPasswordByLink(db, actor, link, { token, purpose: 'invitation', passwordHash });
  if (!saved.ok) return { ok: false };
  const loggedIn = await logIn(
    db,
    actor,
    {
      id: link.user_id,
      audience: link.audience,
      name: link.name,
      email: link.email,
      status: 'enabled',
      password_hash: passwordHash,
      email_verified_at: new Date(),
      is_email_proven: true,
    },
    { sidHash, isRemembered: false },
  );
  return loggedIn ? { ok: true, session: loggedIn.session } : { ok: false };
}
