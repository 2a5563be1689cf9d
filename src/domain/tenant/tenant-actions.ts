import { z } from 'zod';
import type { PlatformDb } from '../../database/as-platform.ts';
import { newId } from '../../database/new-id.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { email, line } from '../form/fields.ts';
import { parseForm, refuse, type Form } from '../form/parse-form.ts';
import { revokeAllLoginSessions } from '../login-session/login-session-actions.ts';
import { recordPlatformEvent } from '../operator/record-platform-event.ts';
import { hashPassword } from '../password/hash-password.ts';
import { checkPassword, passwordMinimum } from '../password/password-policy.ts';
import { ensureBuiltInRoles } from '../role/ensure-built-in-roles.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { createFirstManager } from './first-manager.ts';
import { firstTerms } from './first-terms.ts';
import { slug } from './slug.ts';

const tenantForm = z.object({
  name: line("Enter the tenant's name"),
  slug: slug(),
  admin_email: email("Enter the owner's email address"),
});

export interface TenantOptions {
  /** The first Manager's; without one they get a link to choose it. */
  password?: string;
  locale?: string;
  time_zone?: string;
  currency?: string;
  reply_to?: string;
  brand?: { color?: string };
}

export type CreatedTenant =
  | {
      ok: true;
      tenant: { id: string; slug: string; name: string };
      manager: { id: string; email: string };
      /** Valid for 24 hours; shown once and stored nowhere. Null where a password was given. */
      set_password_token: string | null;
    }
  | { ok: false; form: Form };

const DEFAULT_MINIMUM = 12;

/** A tenant with all it needs to begin: built-in roles, terms version 1, its first Manager. */
export async function createTenant(
  db: PlatformDb,
  actor: Actor,
  input: unknown,
  options: TenantOptions = {},
): Promise<CreatedTenant> {
  const parsed = parseForm(tenantForm, input);
  if (!parsed.ok) return parsed;
  const { name, slug, admin_email } = parsed.values;
  const { password, ...settings } = options;
  const problem = password === undefined ? null : checkManagerPassword(password, parsed.values);
  if (problem) return refuse(input, { password: problem });
  const passwordHash = password === undefined ? null : await hashPassword(password);

  const tenant = { id: newId(), slug, name };
  if (!(await insertTenant(db, tenant, settings)))
    return refuse(input, { slug: { text: 'A tenant with this subdomain exists already' } });
  const first = { admin_email, passwordHash, locale: options.locale ?? 'en' };
  const { token, ...manager } = await furnish(db, actor, tenant, first);
  return { ok: true, tenant, manager, set_password_token: token };
}

/** Nobody of the tenant gets in any more, from the next request on; once it is resumed, everybody logs in anew. */
export function suspendTenant(db: PlatformDb, actor: Actor, tenantId: string): Promise<boolean> {
  return setStatus(db, actor, tenantId, 'active', 'suspended');
}

export function resumeTenant(db: PlatformDb, actor: Actor, tenantId: string): Promise<boolean> {
  return setStatus(db, actor, tenantId, 'suspended', 'active');
}

/** False when the subdomain is taken: the unique index decides. */
async function insertTenant(
  db: PlatformDb,
  tenant: { id: string; slug: string; name: string },
  { brand = {}, ...settings }: Omit<TenantOptions, 'password'>,
): Promise<boolean> {
  const inserted = await db
    .from('tenants')
    .insert({ ...tenant, ...settings, brand: JSON.stringify(brand) })
    .onConflict('slug')
    .ignore()
    .returning('id');
  return inserted.length > 0;
}

function checkManagerPassword(password: string, tenant: { name: string; slug: string; admin_email: string }) {
  const known = [tenant.name, tenant.slug, tenant.admin_email];
  return checkPassword(password, passwordMinimum('staff', DEFAULT_MINIMUM), known);
}

async function furnish(
  db: PlatformDb,
  actor: Actor,
  tenant: { id: string; slug: string; name: string },
  first: { admin_email: EmailAddress; passwordHash: string | null; locale: string },
) {
  const own = db.tenant(tenant.id);
  await recordAudit(own, actor, {
    event: 'tenant.created',
    target: { type: 'tenant', id: tenant.id, name: tenant.name },
    changes: { name: [null, tenant.name], slug: [null, tenant.slug] },
  });
  await recordPlatformEvent(db, actor, {
    event: 'tenant.created',
    tenant_id: tenant.id,
    changes: { name: [null, tenant.name], slug: [null, tenant.slug] },
  });
  const roles = await ensureBuiltInRoles(own);
  await own.insertInto('counters', { kind: 'company' });
  const body = firstTerms(tenant.name, first.locale);
  await own.insertInto('terms_versions', { id: newId(), number: 1, body });
  return createFirstManager(own, actor, {
    email: first.admin_email,
    password_hash: first.passwordHash,
    role_id: found(roles.get('staff/manager')),
  });
}

/** Whether anything changed: a tenant that is suspended already stays so. @throws {NotFound} */
async function setStatus(
  db: PlatformDb,
  actor: Actor,
  tenantId: string,
  from: 'active' | 'suspended',
  to: 'active' | 'suspended',
): Promise<boolean> {
  const tenant = found(
    (await db.from('tenants').where({ id: tenantId }).forUpdate().select('id', 'name', 'status').first()) as
      { id: string; name: string; status: string } | undefined,
  );
  if (tenant.status !== from) return false;
  await db
    .from('tenants')
    .where({ id: tenantId })
    .update({ status: to, version: db.knex.raw('version + 1'), updated_at: db.knex.raw('now()') });
  if (to === 'suspended') await revokeAllLoginSessions(db.tenant(tenantId));
  const event = to === 'suspended' ? 'tenant.suspended' : 'tenant.resumed';
  const changes = { status: [from, to] };
  await recordAudit(db.tenant(tenantId), actor, {
    event,
    target: { type: 'tenant', id: tenantId, name: tenant.name },
    changes,
  });
  await recordPlatformEvent(db, actor, { event, tenant_id: tenantId, changes });
  return true;
}
