import type { Request } from 'express';
import type { DocumentContext } from '../../documents/letterhead.ts';
import { localeOf } from '../../http/render-page.ts';

/** Documents are in the language of the page. */
export function documentContext<Params>(req: Request<Params>): DocumentContext {
  const { tenant, user } = req;
  return {
    locale: localeOf(req as Request),
    time_zone: user!.time_zone ?? tenant.time_zone,
    tenant_name: tenant.name,
  };
}
