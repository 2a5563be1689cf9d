import type { Config } from '../../config.ts';
import type { Row } from '../../database/tables.ts';
import { theme, type Theme } from '../brand/theme-css.ts';

export const tenantColumns = [
  'id',
  'slug',
  'name',
  'status',
  'primary_host',
  'locale',
  'time_zone',
  'currency',
  'reply_to',
  'password_min_length',
  'brand',
] as const satisfies readonly (keyof Row<'tenants'>)[];

export interface TenantRow extends Pick<Row<'tenants'>, (typeof tenantColumns)[number]> {
  brand: { color?: string };
}

export interface Tenant extends Omit<TenantRow, 'brand' | 'primary_host'> {
  theme: Theme;
  portal_origin: string;
  operations_origin: string;
}

export function toTenant({ brand, primary_host, ...row }: TenantRow, config: PortalDomains): Tenant {
  const { portal_url, operations_url } = tenantUrls({ slug: row.slug, primary_host }, config);
  return { ...row, theme: theme(brand), portal_origin: portal_url, operations_origin: operations_url };
}

/** Takes the tenant's id. Not cached: entries of TenantDirectory are up to ten seconds old. */
export const TENANT_IS_ACTIVE = "exists (select from tenants where id = ? and status = 'active')";

export type PortalDomains = Pick<Config, 'publicScheme' | 'portalDomain' | 'operationsDomain'>;

interface TenantHosts {
  slug: string;
  primary_host?: string | null;
}

/** Uses stored hosts only: the Host header of a request can be forged. */
export function tenantUrls(
  { slug, primary_host }: TenantHosts,
  { publicScheme, portalDomain, operationsDomain }: PortalDomains,
) {
  return {
    portal_url: `${publicScheme}://${primary_host ?? `${slug}.${portalDomain}`}`,
    operations_url: `${publicScheme}://${slug}.${operationsDomain}`,
  };
}

export function setPasswordUrl(tenant: TenantHosts, token: string, config: PortalDomains): string {
  return `${tenantUrls(tenant, config).operations_url}/set-password?token=${token}`;
}
