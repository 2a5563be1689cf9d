import type { Config } from '../../config.ts';
import type { Row } from '../../database/tables.ts';
import type { Brand } from '../brand/brand.ts';
import { iconHref } from '../brand/icon.ts';
import type { Logo } from '../brand/logo.ts';
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
  'contact_email',
  'contact_phone',
  'reply_to',
  'password_min_length',
  'brand',
  'is_setup_hidden',
  'vocabulary',
  'version',
] as const satisfies readonly (keyof Row<'tenants'>)[];

export interface TenantRow extends Pick<Row<'tenants'>, (typeof tenantColumns)[number]> {
  brand: Brand;
}

export interface Tenant extends Omit<TenantRow, 'brand' | 'primary_host'> {
  theme: Theme;
  logo: Logo | null;
  icon_href: string;
  portal_origin: string;
  operations_origin: string;
}

export function toTenant({ brand, primary_host, ...row }: TenantRow, config: PortalDomains): Tenant {
  const { portal_url, operations_url } = tenantUrls({ slug: row.slug, primary_host }, config);
  const { name, contact_email, reply_to } = row;
  const look = { theme: theme(brand), logo: brand.logo ?? null };
  return {
    ...row,
    // One replaces the other when it is missing.
    contact_email: contact_email ?? reply_to,
    reply_to: reply_to ?? contact_email,
    ...look,
    icon_href: iconHref({ name, ...look }),
    portal_origin: portal_url,
    operations_origin: operations_url,
  };
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
