import { pick, selectRow } from '../../database/columns.ts';
import type { PlatformDb } from '../../database/as-platform.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { revokeAllLoginSessions } from '../login-session/login-session-actions.ts';
import { recordPlatformEvent } from '../operator/record-platform-event.ts';

/** Also revokes all login sessions. Returns false when the tenant is suspended already. @throws {NotFound} */
export function suspendTenant(db: PlatformDb, actor: Actor, tenantId: string): Promise<boolean> {
  return changeStatus(db, actor, tenantId, { from: 'active', to: 'suspended' });
}

/** Also revokes the login sessions of logins that ended after the suspension. Returns false when the tenant is active already. @throws {NotFound} */
export function resumeTenant(db: PlatformDb, actor: Actor, tenantId: string): Promise<boolean> {
  return changeStatus(db, actor, tenantId, { from: 'suspended', to: 'active' });
}

type Status = 'active' | 'suspended';

async function changeStatus(
  db: PlatformDb,
  actor: Actor,
  tenantId: string,
  { from, to }: { from: Status; to: Status },
): Promise<boolean> {
  const tenant = found(
    await selectRow(
      db.from('tenants').where({ id: tenantId }).forUpdate(),
      pick('tenants', 'name', 'status'),
    ),
  );
  if (tenant.status !== from) return false;
  await db
    .from('tenants')
    .where({ id: tenantId })
    .update({ status: to, version: db.raw('version + 1'), updated_at: db.raw('now()') });
  await revokeAllLoginSessions(db.tenant(tenantId));
  const event = to === 'suspended' ? 'tenant.suspended' : 'tenant.resumed';
  const changes = { status: [from, to] };
  recordAudit(db.tenant(tenantId), actor, {
    event,
    target: { type: 'tenant', id: tenantId, name: tenant.name },
    changes,
  });
  await recordPlatformEvent(db, actor, { event, tenant_id: tenantId, changes });
  return true;
}
