import type { RequestHandler } from 'express';
import type { TenantDirectory } from '../domain/tenant/tenant-directory.ts';
import { isSafe, isSameOrigin } from './csrf.ts';

/**
 * Only on arrival at a customer portal: a browser that has submitted a form of this host would block a redirect to
 * another origin (`form-action 'self'`). The status is temporary because browsers cache a permanent redirect.
 */
export function redirectToPrimaryHost(directory: TenantDirectory): RequestHandler {
  return async (req, res, next) => {
    const { portal, originalUrl } = req;
    if (portal.kind !== 'account' || portal.origin === portal.tenant.portal_origin) return next();
    // The target of a request to a proxy begins with a scheme.
    if (!isSafe(req) || isSameOrigin(req) || !originalUrl.startsWith('/')) return next();

    // Rows cached at different times could redirect two hosts to each other.
    const origin = await directory.readPortalOrigin(portal.tenant.id);
    if (origin === undefined || origin === portal.origin) return next();
    res.redirect(302, origin + originalUrl);
  };
}
