import type { Config } from '../../config.ts';

type Domains = Pick<Config, 'publicScheme' | 'portalDomain' | 'operationsDomain'>;

/** Where a tenant's portals are, before it has a domain of its own. */
export function tenantAddresses(slug: string, { publicScheme, portalDomain, operationsDomain }: Domains) {
  return {
    portal_url: `${publicScheme}://${slug}.${portalDomain}`,
    operations_url: `${publicScheme}://${slug}.${operationsDomain}`,
  };
}

/** The link with which a tenant's first Manager chooses a password. */
export function setPasswordUrl(slug: string, token: string, config: Domains): string {
  return `${tenantAddresses(slug, config).operations_url}/set-password?token=${token}`;
}
