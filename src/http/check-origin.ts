import type { Request, RequestHandler } from 'express';
import { ForeignOrigin } from '../errors.ts';

/**
 * The first lock against forged requests: an unsafe method must come from our own pages. Sibling tenants are same-site,
 * so only same-origin will do.
 *
 * @throws {ForeignOrigin} answered with 403
 */
export const checkOrigin: RequestHandler = (req, _res, next) => {
  const isSafe = req.method === 'GET' || req.method === 'HEAD';
  if (!isSafe && !isSameOrigin(req)) throw new ForeignOrigin();
  next();
};

function isSameOrigin(req: Request): boolean {
  const fetchSite = req.get('sec-fetch-site');
  const origin = req.get('origin');
  if (origin !== undefined && origin !== req.portal.origin) return false;
  if (fetchSite !== undefined) return fetchSite === 'same-origin';
  if (origin !== undefined) return true;
  return originOf(req.get('referer')) === req.portal.origin;
}

function originOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).origin : undefined;
}
