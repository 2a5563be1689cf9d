import type { PlatformDb } from '../../database/as-platform.ts';
import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { recordPlatformEvent } from '../operator/record-platform-event.ts';
import { mintToken } from '../token/one-time-token.ts';
import { emailOfLogin, userTarget } from '../user/user.ts';

/** The owner is the first member of staff. Their older links stop working. */
export async function mintOwnerToken(db: TenantDb, owner: { id: string; email: string }): Promise<string> {
  const { token, expires_at } = await mintToken(db, {
    user_id: owner.id,
    purpose: 'set_password',
    sent_to: owner.email,
  });
  await db.from('users').where({ id: owner.id }).update({ access: 'invited', access_expires_at: expires_at });
  return token;
}

/** The link is not emailed: the operator hands it over. Returns undefined if the owner has a password or is disabled. */
export async function issueOwnerLink(
  db: PlatformDb,
  actor: Actor,
  tenantId: string,
): Promise<string | undefined> {
  const tenantDb = db.tenant(tenantId);
  const owner = await selectRow(
    tenantDb.from('users').where({ audience: 'staff' }).orderBy('id').forUpdate(),
    { ...pick('users', 'id', 'name', 'status', 'password_hash'), email: emailOfLogin('users') },
  );
  if (!owner || owner.status === 'disabled' || owner.password_hash !== null) return undefined;
  const token = await mintOwnerToken(tenantDb, owner);
  recordAudit(tenantDb, actor, { event: 'user.set_password_link_issued', target: userTarget(owner) });
  await recordPlatformEvent(db, actor, { event: 'tenant.owner_link_issued', tenant_id: tenantId });
  return token;
}
