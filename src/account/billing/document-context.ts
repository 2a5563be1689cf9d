import type { Request } from 'express';
import type { DocumentContext } from '../../documents/letterhead.ts';
import type { Billing } from '../../domain/billing/billing-settings.ts';
import { localeOf } from '../../http/render-page.ts';

/** Documents are in the language of the page. */
export function documentContext<Params>(req: Request<Params>, { seller }: Billing): DocumentContext {
  const { tenant, user } = req;
  return { locale: localeOf(req as Request), time_zone: user!.time_zone ?? tenant.time_zone, seller };
}
