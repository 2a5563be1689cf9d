import { z } from 'zod';
import { type TenantDb, catchUniqueViolation } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { queueEmail } from '../email/queue-email.ts';
import { email } from '../form/fields.ts';
import { parseForm, refuse, type Form } from '../form/parse-form.ts';
import { revokeLoginSessions } from '../login-session/login-session-actions.ts';
import { revokeTokens, spendToken, type LinkedUser } from '../token/use-token.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { userColumns } from './user-columns.ts';

const emailForm = z.object({ new_email: email('Enter a new email address') });

/**
 * Somebody wants another address. The one they have stays until the new one is confirmed; both get a mail. Whether
 * somebody else has the new one is not told before it is confirmed.
 */
export async function requestEmailChange(
  db: TenantDb,
  actor: Actor,
  user: { id: string; name: string; email: string },
  input: unknown,
): Promise<{ ok: true; new_email: string } | { ok: false; form: Form }> {
  const parsed = parseForm(emailForm, input);
  if (!parsed.ok) return parsed;
  const { new_email } = parsed.values;
  if (new_email === user.email) return refuse(input, { new_email: { text: 'This is your address already' } });

  await revokeTokens(db, user.id, 'change_email');
  await db.from('users').where({ id: user.id }).update({ pending_email: new_email });
  const mail = { user_id: user.id, audience: 'customer', requested_by: user.id } as const;
  const purpose = 'change_email';
  await queueEmail(db, { ...mail, template: 'verifyEmail', to_address: new_email, variables: { purpose } });
  await queueEmail(db, {
    ...mail,
    template: 'emailChanged',
    to_address: user.email,
    variables: { new_email },
  });
  await recordAudit(db, actor, {
    event: 'user.email_change_requested',
    target: targetOf(user),
    changes: { email: [user.email, new_email] },
  });
  return { ok: true, new_email };
}

/** The address that waits to be confirmed is given up; its link stops working. */
export async function cancelEmailChange(
  db: TenantDb,
  actor: Actor,
  user: { id: string; name: string; email: string },
): Promise<void> {
  await revokeTokens(db, user.id, 'change_email');
  await db.from('users').where({ id: user.id }).update({ pending_email: null });
  await recordAudit(db, actor, { event: 'user.email_change_cancelled', target: targetOf(user) });
}

/**
 * Spends the link and moves the new address in: other sign-ins and links end. `is_taken`: somebody else has it, and
 * nothing is changed.
 */
export async function confirmEmailChange(
  db: TenantDb,
  actor: Actor,
  link: LinkedUser,
  { token, loginSessionId }: { token: string; loginSessionId: string | undefined },
): Promise<{ ok: true } | { ok: false; is_taken: boolean }> {
  const userId = await spendToken(db, token, 'change_email');
  if (userId === undefined || link.pending_email === null) return { ok: false, is_taken: false };
  const changed = await moveIn(db, userId, link.pending_email);
  if (!changed) return { ok: false, is_taken: true };

  await revokeLoginSessions(db, userId, loginSessionId === undefined ? {} : { except: loginSessionId });
  await revokeTokens(db, userId);
  const target = { type: 'user', id: userId, name: link.name || link.pending_email } as const;
  await recordAudit(
    db,
    { ...actor, kind: link.audience, id: userId, name: target.name },
    { event: 'user.email_changed', target, changes: { email: [link.email, link.pending_email] } },
  );
  return { ok: true };
}

/** The unique index decides whether the address is free. */
async function moveIn(db: TenantDb, userId: string, address: EmailAddress): Promise<boolean> {
  const person = (await db
    .from('users')
    .where({ id: userId })
    .forUpdate()
    .first('first_name', 'last_name', 'phone')) as Omit<Parameters<typeof userColumns>[0], 'email'>;
  const columns = {
    ...userColumns({ ...person, email: address }),
    pending_email: null,
    email_verified_at: db.raw('now()'),
    version: db.raw('version + 1'),
    updated_at: db.raw('now()'),
  };
  return catchUniqueViolation(db, () => db.from('users').where({ id: userId }).update(columns));
}

function targetOf(user: { id: string; name: string; email: string }) {
  return { type: 'user', id: user.id, name: user.name || user.email } as const;
}
