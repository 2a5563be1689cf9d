import type { PlatformDb } from '../../database/as-platform.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { recordPlatformEvent } from '../operator/record-platform-event.ts';
import { newSchedules } from '../billing-run/billing-run.ts';
import { insertSandbox } from '../gateway/gateway-actions.ts';
import { insertBuiltInRoles } from '../role/built-in-roles.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { insertUser } from '../user/user-actions.ts';
import { defaultTerms } from './default-terms.ts';
import { mintOwnerToken } from './owner-link.ts';

interface TenantSetup {
  admin_email: EmailAddress;
  admin_name: string | null;
  passwordHash: string | null;
  locale: string;
  has_sandbox: boolean;
}

export async function provisionTenant(
  db: PlatformDb,
  actor: Actor,
  tenant: { id: string; slug: string; name: string },
  setup: TenantSetup,
) {
  const tenantDb = db.tenant(tenant.id);
  const changes = { name: [null, tenant.name], slug: [null, tenant.slug] };
  recordAudit(tenantDb, actor, {
    event: 'tenant.created',
    target: { type: 'tenant', id: tenant.id, name: tenant.name },
    changes,
  });
  await recordPlatformEvent(db, actor, { event: 'tenant.created', tenant_id: tenant.id, changes });
  const roles = await insertBuiltInRoles(tenantDb);
  await tenantDb.insertInto('counters', { kind: 'company' });
  await tenantDb.insertInto('billing_settings', {});
  await tenantDb.insertInto('billing_schedules', newSchedules(tenantDb));
  if (setup.has_sandbox) await insertSandbox(tenantDb);
  const body = defaultTerms(tenant.name, setup.locale);
  await tenantDb.insertInto('terms_versions', { id: newId(), number: 1, body });
  return createFirstManager(tenantDb, actor, {
    email: setup.admin_email,
    ...splitName(setup.admin_name),
    password_hash: setup.passwordHash,
    role_id: found(roles.get('staff/manager')),
  });
}

interface FirstManager {
  email: EmailAddress;
  first_name: string | null;
  last_name: string | null;
  password_hash: string | null;
  role_id: string;
}

async function createFirstManager(db: TenantDb, actor: Actor, manager: FirstManager) {
  const { email, first_name, last_name } = manager;
  const details = { email, first_name, last_name, phone: null };
  const id = found(await insertUser(db, { audience: 'staff', is_private_customer: false, ...details }));
  await db.insertInto('role_assignments', { id: newId(), user_id: id, role_id: manager.role_id });
  recordAudit(db, actor, {
    event: 'user.created',
    target: { type: 'user', id, name: [first_name, last_name].filter(Boolean).join(' ') || email },
    changes: {
      ...changedFields({}, { first_name, last_name }),
      email: [null, email],
      roles: [null, 'Manager'],
    },
  });
  const token = manager.password_hash
    ? await setInitialPassword(db, id, manager.password_hash)
    : await mintOwnerToken(db, { id, email });
  return { id, email, token };
}

/** The last word is the last name. */
function splitName(name: string | null) {
  const words = (name ?? '').split(/\s+/).filter(Boolean);
  const last_name = words.length > 1 ? words.pop()! : null;
  return { first_name: words.join(' ') || null, last_name };
}

async function setInitialPassword(db: TenantDb, id: string, password_hash: string): Promise<null> {
  await db
    .from('users')
    .where({ id })
    .update({ password_hash, password_changed_at: db.raw('now()'), access: 'active' });
  return null;
}
