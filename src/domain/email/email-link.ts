import type { Tenant } from '../tenant/tenant.ts';
import { emailNamed, type Audience, type EmailName } from './email-templates.ts';

type Origins = Pick<Tenant, 'portal_origin' | 'operations_origin'>;

/** Where a mail's button leads: always on the host stored for the tenant, whatever host the request came to. */
export function emailLink(
  name: EmailName,
  audience: Audience,
  tenant: Origins,
  token: string | null,
): string {
  const origin = audience === 'staff' ? tenant.operations_origin : tenant.portal_origin;
  const link = `${origin}${emailNamed(name).path[audience]}`;
  return token === null ? link : `${link}?token=${token}`;
}

/** As the stored copy shows it: staff who read a mail must not be able to use it. */
export function maskLink(link: string): string {
  return link.replace(/token=.*$/, 'token=••••••••');
}
