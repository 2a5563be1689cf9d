import type { Request } from 'express';
import type { CustomerContext } from '../domain/membership/customer-context.ts';
import type { Permission } from '../domain/role/permissions.ts';
import { contextPath, currentContext, isAllowedIn } from './customer-context.ts';

/** In the address of the page that lists the contexts: the current one is the customer themselves. */
export const OWN_ACCOUNT = 'own';

interface ContextPage {
  path: string;
  text: string;
  permissions: readonly Permission[];
}

/** Each exists at `/account` and at `/account/companies/:company_id`. */
const pages: readonly ContextPage[] = [
  { path: '/units', text: 'Units', permissions: ['units.view'] },
  { path: '/billing', text: 'Billing', permissions: ['billing.view', 'payment_details.view'] },
  { path: '/documents', text: 'Documents', permissions: ['documents.view', 'documents.send'] },
];

/** `switcher` is empty and `switch_href` null for a customer with one context. */
export function customerNavigation(req: Request) {
  const contexts = req.user?.contexts ?? [];
  const current = currentContext(req);
  const base = current ? contextPath(current) : '/account';
  const shown = pages.filter(({ path }) => path !== '/units' || req.user?.tenant_rents_units);
  const nav = shown
    .filter(({ permissions }) =>
      (current ? [current] : contexts).some((each) => isAllowedIn(each, permissions)),
    )
    .map(({ path, text }) => ({ href: base + path, text }));
  const switcher = contexts.map((context) => ({
    company_name: context.company?.name ?? null,
    href: hrefIn(context, shown, req.pathname),
    is_current: context === current,
  }));
  if (contexts.length < 2) return { nav, switcher: [], switch_href: null };
  const from = current && (current.company?.id ?? OWN_ACCOUNT);
  return { nav, switcher, switch_href: `/account/companies${from ? `?current=${from}` : ''}` };
}

/** The same page in the other context, also the start page, else its first allowed page, else its start page. */
function hrefIn(context: CustomerContext, pages: readonly ContextPage[], pathname: string): string {
  const current = /^\/account(?:\/companies\/[^/]+)?((?:\/[^/]+)?)/.exec(pathname)?.[1];
  if (!current) return contextPath(context);
  const allowed = pages.filter(({ permissions }) => isAllowedIn(context, permissions));
  const page = allowed.find(({ path }) => path === current) ?? allowed[0];
  return contextPath(context) + (page?.path ?? '');
}
