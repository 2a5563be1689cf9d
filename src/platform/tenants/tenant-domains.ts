import type { Request } from 'express';
import type { Domains } from '../../domain/tenant/tenant-addresses.ts';

/** Below which names the tenants' portals are served. */
export function domainsOf(req: Request): Domains {
  return req.app.get('tenant domains') as Domains;
}
