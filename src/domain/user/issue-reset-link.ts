import type { PlatformDb } from '../../database/as-platform.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { mintToken } from '../token/mint-token.ts';
import type { EmailAddress } from '../text/email-address.ts';

export interface ResettableUser {
  id: string;
  audience: 'customer' | 'staff';
  status: 'enabled' | 'disabled';
  email_norm: string;
  name: string;
}

/** Whoever has an address at a tenant: nobody, one, or both a customer and one of the staff. */
export async function findUsersByAddress(db: PlatformDb, tenantId: string, address: EmailAddress) {
  const found: ResettableUser[] = await db
    .tenant(tenantId)
    .from('users')
    .where({ email_norm: address })
    .select('id', 'audience', 'status', 'email_norm', 'name');
  return found;
}

/** A link for a new password that no mail carries: for the operator who hands it over. The older ones stop working. */
export async function issueResetLink(db: PlatformDb, actor: Actor, tenantId: string, user: ResettableUser) {
  const own = db.tenant(tenantId);
  const minted = await mintToken(own, {
    user_id: user.id,
    purpose: 'reset_password',
    sent_to: user.email_norm,
  });
  await recordAudit(own, actor, {
    event: 'user.reset_link_issued',
    target: { type: 'user', id: user.id, name: user.name || user.email_norm },
  });
  return minted;
}
