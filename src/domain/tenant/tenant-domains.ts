import { pick, selectRow } from '../../database/columns.ts';
import type { PlatformDb } from '../../database/as-platform.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { recordPlatformEvent } from '../operator/record-platform-event.ts';
import type { PortalDomains } from './tenant.ts';

const LABEL = '[a-z0-9]([a-z0-9-]*[a-z0-9])?';
const HOST_NAME = new RegExp(`^(?=.{1,253}$)(${LABEL}\\.)+(?![0-9]+$)${LABEL}$`);

/** Every row of tenant_domains has to pass: hosts under the domains of the portals belong to the tenant of their slug. */
export function isCustomDomain(
  host: string,
  { portalDomain, operationsDomain }: Pick<PortalDomains, 'portalDomain' | 'operationsDomain'>,
): boolean {
  const ofPortals = [portalDomain, operationsDomain].map((domain) => domain.replace(/:\d+$/, ''));
  return HOST_NAME.test(host) && !ofPortals.some((domain) => `.${host}`.endsWith(`.${domain}`));
}

export type SetPrimaryHostResult = { ok: true; is_changed: boolean } | RefusedValues;

/** null makes the host under PORTAL_DOMAIN the primary host. @throws {NotFound} */
export async function setPrimaryHost(
  db: PlatformDb,
  actor: Actor,
  tenantId: string,
  host: string | null,
  domains: PortalDomains,
): Promise<SetPrimaryHostResult> {
  const tenant = found(
    await selectRow(
      db.from('tenants').where({ id: tenantId }).forNoKeyUpdate(),
      pick('tenants', 'name', 'primary_host'),
    ),
  );
  if (tenant.primary_host === host) return { ok: true, is_changed: false };
  if (host !== null && !(isCustomDomain(host, domains) && (await lockVerifiedDomain(db, tenantId, host))))
    return refuse({ field: 'host', code: 'unverified_domain' });

  await db
    .from('tenants')
    .where({ id: tenantId })
    .update({ primary_host: host, version: db.raw('version + 1'), updated_at: db.raw('now()') });
  const event = 'tenant.primary_host_changed';
  const changes = { primary_host: [tenant.primary_host, host] };
  const target = { type: 'tenant' as const, id: tenantId, name: tenant.name };
  recordAudit(db.tenant(tenantId), actor, { event, target, changes });
  await recordPlatformEvent(db, actor, { event, tenant_id: tenantId, changes });
  return { ok: true, is_changed: true };
}

async function lockVerifiedDomain(db: PlatformDb, tenantId: string, host: string): Promise<boolean> {
  const verified = db
    .from('tenant_domains')
    .where({ tenant_id: tenantId, host })
    .whereNotNull('verified_at')
    .forNoKeyUpdate();
  const domain = await selectRow(verified, pick('tenant_domains', 'host'));
  return domain !== undefined;
}
