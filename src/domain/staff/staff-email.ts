import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { queueManualEmail } from '../user/user-emails.ts';
import { displayName } from '../user/user.ts';
import { findStaffForUpdate, type Staff } from './staff-queries.ts';

type AccessEmail = 'setPassword' | 'resetPassword';

export function accessEmailTemplate({ has_password }: Pick<Staff, 'has_password'>): AccessEmail {
  return has_password ? 'resetPassword' : 'setPassword';
}

type SendResult = { ok: true; user: Staff; template: AccessEmail } | RefusedValues;

/** @throws {NotFound} if the tenant has no such member of staff */
export async function sendStaffEmail(db: TenantDb, actor: Actor, id: string): Promise<SendResult> {
  const user = found(await findStaffForUpdate(db, id));
  if (user.status === 'disabled')
    return refuse({ field: 'login', code: 'user_disabled', params: { user: displayName(user) } });

  const template = accessEmailTemplate(user);
  const wait = await queueAccessEmail(db, actor, user, template);
  if (wait !== null) return refuse({ field: 'login', code: 'email_just_queued', params: { count: wait } });
  return { ok: true, user, template };
}

/** See `queueManualEmail`. */
export function queueAccessEmail(
  db: TenantDb,
  actor: Actor,
  user: { id: string; name: string; email: string },
  template: AccessEmail,
): Promise<number | null> {
  return queueManualEmail(db, actor, { user, audience: 'staff', template });
}
