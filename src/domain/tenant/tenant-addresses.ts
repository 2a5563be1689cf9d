import type { Config } from '../../config.ts';

/** Below which names portals are served. */
export type Domains = Pick<Config, 'publicScheme' | 'portalDomain' | 'operationsDomain'>;

interface Addressed {
  slug: string;
  primary_host?: string | null;
}

/** Where a tenant's portals are: by what is stored, never by a request. */
export function tenantAddresses(
  { slug, primary_host }: Addressed,
  { publicScheme, portalDomain, operationsDomain }: Domains,
) {
  return {
    portal_url: `${publicScheme}://${primary_host ?? `${slug}.${portalDomain}`}`,
    operations_url: `${publicScheme}://${slug}.${operationsDomain}`,
  };
}

/** The link with which a tenant's first Manager chooses a password. */
export function setPasswordUrl(tenant: Addressed, token: string, config: Domains): string {
  return `${tenantAddresses(tenant, config).operations_url}/set-password?token=${token}`;
}
