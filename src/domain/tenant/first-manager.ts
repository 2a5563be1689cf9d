import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { mintToken } from '../token/mint-token.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { insertUser } from '../user/insert-user.ts';

interface FirstManager {
  email: EmailAddress;
  password_hash: string | null;
  role_id: string;
}

/** The tenant's first person: let in by the password given, or by a link that is good for one day. */
export async function createFirstManager(db: TenantDb, actor: Actor, manager: FirstManager) {
  const { email } = manager;
  const details = { email, first_name: null, last_name: null, phone: null };
  const id = found(await insertUser(db, { audience: 'staff', ...details }));
  await db.insertInto('role_assignments', { id: newId(), user_id: id, role_id: manager.role_id });
  await recordAudit(db, actor, {
    event: 'user.created',
    target: { type: 'user', id, name: email },
    changes: { email: [null, email], roles: [null, 'Manager'] },
  });
  const token = manager.password_hash
    ? await letIn(db, id, manager.password_hash)
    : await inviteByLink(db, id, email);
  return { id, email, token };
}

async function letIn(db: TenantDb, id: string, password_hash: string): Promise<null> {
  await db
    .from('users')
    .where({ id })
    .update({ password_hash, password_changed_at: db.raw('now()'), access: 'active' });
  return null;
}

async function inviteByLink(db: TenantDb, user_id: string, sent_to: string): Promise<string> {
  const { token, expires_at } = await mintToken(db, { user_id, purpose: 'set_password', sent_to });
  await db.from('users').where({ id: user_id }).update({ access: 'invited', access_expires_at: expires_at });
  return token;
}
