import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { revokeLoginSessions } from './login-session-actions.ts';

/** Logs somebody out everywhere but here; answers in how many places. */
export async function endOtherDevices(
  db: TenantDb,
  actor: Actor,
  user: { id: string; name: string; email: string },
  loginSessionId: string,
): Promise<number> {
  const ended = await revokeLoginSessions(db, user.id, { except: loginSessionId });
  await recordAudit(db, actor, {
    event: 'user.logged_out_elsewhere',
    target: { type: 'user', id: user.id, name: user.name || user.email },
    changes: { sessions: [ended, 0] },
  });
  return ended;
}
