import * as z from 'zod';
import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { refuseWith, type Refused } from '../../database/transaction.ts';
import { actAs, type Actor } from '../actor.ts';
import { recordAudit, recordAudits } from '../audit/record-audit.ts';
import { queueEmail } from '../email/queue-email.ts';
import { email } from '../form/fields.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { revokeLoginSessions, revokeLoginSessionsOf } from '../login-session/login-session-actions.ts';
import type { EmailAddress } from '../text/email-address.ts';
import {
  revokeTokens,
  revokeTokensOf,
  consumeToken,
  type OpenedToken,
  type TokenUser,
} from '../token/one-time-token.ts';
import type { User } from './user-queries.ts';
import { hasEmail, userColumns, userTarget } from './user.ts';

interface UserToNotify {
  id: string;
  audience: 'customer' | 'staff';
  name: string;
  email: string;
}

export type ChangedUser = Omit<UserToNotify, 'email'> & Pick<User, 'email' | 'access' | 'has_password'>;

export const newEmailSchema = z.object({ new_email: email() });

/** Does not check whether another user has the new address: an error would disclose that. */
export async function requestEmailChange(
  db: TenantDb,
  actor: Actor,
  user: UserToNotify,
  { new_email }: z.infer<typeof newEmailSchema>,
): Promise<{ ok: true; new_email: string } | RefusedValues> {
  if (new_email === user.email) return refuse({ field: 'new_email', code: 'email_unchanged' });

  db.defer(db.from('users').where({ id: user.id }).update({ pending_email: new_email }));
  revokeTokens(db, user.id, 'change_email');
  const mail = { user_id: user.id, audience: user.audience, requested_by: user.id };
  const purpose = 'change_email';
  queueEmail(db, { ...mail, template: 'verifyEmail', to_address: new_email, variables: { purpose } });
  queueEmail(db, {
    ...mail,
    template: 'emailChanged',
    to_address: user.email,
    variables: { new_email },
  });
  recordAudit(db, actor, {
    event: 'user.email_change_requested',
    target: userTarget(user),
    changes: { email: [user.email, new_email] },
  });
  return { ok: true, new_email };
}

export async function cancelEmailChange(
  db: TenantDb,
  actor: Actor,
  user: { id: string; name: string; email: string },
): Promise<void> {
  const pending = db.from('users').where({ id: user.id }).whereNotNull('pending_email');
  const cancelled = await pending.update({ pending_email: null });
  if (cancelled === 0) return;
  revokeTokens(db, user.id, 'change_email');
  recordAudit(db, actor, { event: 'user.email_change_cancelled', target: userTarget(user) });
}

export async function confirmEmailChange(
  db: TenantDb,
  actor: Actor,
  link: TokenUser,
  { token, browser_key, loginSessionId }: OpenedToken & { loginSessionId: string | undefined },
): Promise<{ ok: true } | Refused<{ is_taken: boolean }>> {
  const { user_id: userId } = link;
  const isConsumed = await consumeToken(db, link, token, 'change_email', browser_key);
  if (!isConsumed || link.pending_email === null) return refuseWith({ is_taken: false });
  const changed = await swapEmail(db, userId, link.pending_email);
  if (!changed) return refuseWith({ is_taken: true });

  revokeLoginSessions(db, userId, loginSessionId === undefined ? {} : { except: loginSessionId });
  revokeTokens(db, userId);
  const user = { id: userId, audience: link.audience, name: link.name, email: link.pending_email };
  recordAudit(db, actAs(actor, user), {
    event: 'user.email_changed',
    target: userTarget(user),
    changes: { email: [link.email, link.pending_email] },
  });
  return { ok: true };
}

export interface AppliedChange {
  before: ChangedUser;
  after: { id: string; name: string; email: string | null };
}

/** Call after the new address was stored, or the address was removed. */
export function applyStaffEmailChange(
  db: TenantDb,
  actor: Actor,
  before: AppliedChange['before'],
  after: AppliedChange['after'],
): Promise<void> {
  return applyStaffEmailChanges(db, actor, [{ before, after }]);
}

/** The rows of all of them have been locked. */
export async function applyStaffEmailChanges(
  db: TenantDb,
  actor: Actor,
  changes: readonly AppliedChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const ids = changes.map(({ before }) => before.id);
  await db
    .from('users')
    .whereRaw('id = any(?::uuid[])', [ids])
    .update({
      email_verified_at: null,
      is_email_proven: false,
      pending_email: null,
      access: db.raw<User['access']>(`case when access = 'active' then access else 'no_access' end`),
      access_expires_at: db.raw<Date | null>(`case when access = 'active' then access_expires_at end`),
    });
  revokeLoginSessionsOf(db, ids);
  revokeTokensOf(db, ids);
  for (const { before, after } of changes)
    if (before.has_password && hasEmail(before) && hasEmail(after))
      await notifyBothAddresses(db, actor, before, after.email);
  recordAudits(
    db,
    actor,
    changes.map(({ before, after }) => ({
      event: 'user.email_changed',
      target: userTarget(after),
      changes: { email: [before.email, after.email] },
    })),
  );
}

/** Returns false if another user of the audience has the address. */
async function swapEmail(db: TenantDb, userId: string, address: EmailAddress): Promise<boolean> {
  const details = await selectRow(
    db.from('users').where({ id: userId }).forUpdate(),
    pick('users', 'first_name', 'last_name', 'phone', 'phone2'),
  );
  const columns = {
    ...userColumns({ ...details!, email: address }),
    pending_email: null,
    email_verified_at: db.raw<Date>('now()'),
    version: db.raw<number>('version + 1'),
    updated_at: db.raw<Date>('now()'),
  };
  return db.catchUniqueViolation(() => db.from('users').where({ id: userId }).update(columns));
}

async function notifyBothAddresses(
  db: TenantDb,
  actor: Actor,
  { id, audience, email }: UserToNotify,
  newEmail: string,
): Promise<void> {
  const mail = { user_id: id, audience, requested_by: actor.id };
  queueEmail(db, { ...mail, template: 'verifyEmail', to_address: newEmail });
  queueEmail(db, {
    ...mail,
    template: 'emailChanged',
    to_address: email,
    variables: { purpose: 'changed_by_staff', new_email: newEmail },
  });
}
