import type { Request, Response } from 'express';
import type { Owner } from '../domain/billing-account/billing-account.ts';
import type { CustomerContext } from '../domain/membership/customer-context.ts';
import type { Permission } from '../domain/role/permissions.ts';
import { Forbidden, found, NoContext, NotFound } from '../errors.ts';

/** The address below which the pages of a context are. */
export function contextPath({ company }: Pick<CustomerContext, 'company'>): string {
  return company ? `/account/companies/${company.id}` : '/account';
}

/** Whose rentals and money the pages of the context show. */
export function ownerOf({ company, user }: Pick<Request, 'company' | 'user'>): Owner {
  return company ? { company_id: company.id } : { user_id: user!.id };
}

export function isAllowedIn({ permissions }: CustomerContext, needed: readonly Permission[]): boolean {
  return needed.some((each) => permissions.has(each));
}

/** The company of the URL, else oneself, else the only company. */
export function currentContext({ user, company }: Request): CustomerContext | undefined {
  const contexts = user?.contexts ?? [];
  if (company) return contexts.find((context) => context.company === company);
  return findSelf(contexts) ?? (contexts.length === 1 ? contexts[0] : undefined);
}

/**
 * @throws {NotFound} if the URL contains the id of a company that the customer does not act for
 * @throws {NoContext} if it contains any id and the customer has no context
 */
export function enterContext(req: Request): void {
  const id = req.params['company_id'];
  if (id !== undefined) {
    requireSomeContext(req);
    req.company = found(req.user!.contexts.find(({ company }) => company?.id === id)).company;
  }
  req.actor = { ...req.actor, permissions: currentContext(req)?.permissions ?? new Set() };
}

export function isWithoutContext({ user, company }: Request): boolean {
  return company === null && !findSelf(user!.contexts);
}

/** Redirects a customer who does not act for themselves from `/account/…` to the same page of a company. */
export function redirectToCompany(
  req: Request,
  res: Response,
  needed: readonly [Permission, ...Permission[]],
) {
  requireSomeContext(req);
  const { contexts } = req.user!;
  if (req.method === 'POST') throw new NotFound('No context');
  const pathIn = (context: CustomerContext) =>
    contextPath(context) + req.originalUrl.slice('/account'.length);
  if (contexts.length === 1) return res.redirect(303, pathIn(contexts[0]!));
  const allowed = contexts.filter((context) => isAllowedIn(context, needed));
  if (allowed.length === 0) throw new Forbidden(needed[0]);
  res.page('account/choose-company', {
    title: 'Choose a company',
    companies: allowed.map((context) => ({ name: context.company!.name, href: pathIn(context) })),
  });
}

/** Undefined if the customer acts for themselves or a company. */
export function noContextMessage({ user, tenant }: Request) {
  if (user!.contexts.length > 0) return undefined;
  return { text: 'You are not in a company. Contact {tenant}.', params: { tenant: tenant.name } };
}

function requireSomeContext(req: Request): void {
  const message = noContextMessage(req);
  if (message) throw new NoContext(message);
}

function findSelf(contexts: readonly CustomerContext[]): CustomerContext | undefined {
  return contexts.find(({ company }) => company === null);
}
