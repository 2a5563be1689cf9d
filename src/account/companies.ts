import { Router } from 'express';
import { listParents } from '../domain/company/own-companies.ts';
import type { CustomerCompany, CustomerContext } from '../domain/membership/customer-context.ts';
import { contextPath } from '../http/customer-context.ts';
import { OWN_ACCOUNT } from '../http/customer-navigation.ts';
import { signedIn } from '../http/guards.ts';
import { companyBadge } from './company-status.ts';

export const companies = Router();

companies.get('/', signedIn, async (req, res) => {
  const { contexts } = req.user!;
  if (contexts.length < 2) return res.redirect(303, contexts[0] ? contextPath(contexts[0]) : '/account');
  const own = contexts.flatMap(({ company }) => company ?? []);
  const [parents] = await req.readTenant((db) => [
    listParents(
      db,
      own.map(({ id }) => id),
    ),
  ]);
  const current = req.query['current'];
  const toView = (context: Pick<CustomerContext, 'company'>) => ({
    name: context.company?.name ?? null,
    href: contextPath(context),
    badge: context.company && companyBadge(context.company),
    is_current: (context.company?.id ?? OWN_ACCOUNT) === current,
  });
  res.page('account/companies', {
    title: 'Switch account',
    groups: [
      ...contexts
        .filter(({ company }) => company === null)
        .map((self) => ({ ...toView(self), children: [] })),
      ...groupByParent(own, parents).map(({ root, children }) => ({
        ...toView({ company: root }),
        children: children.map((company) => toView({ company })),
      })),
    ],
  });
});

/** Below each company the ones that belong to it, also indirectly. A parent of another customer is not shown. */
function groupByParent(
  companies: readonly CustomerCompany[],
  parents: readonly { id: string; parent_id: string | null }[],
) {
  const parentOf = new Map(parents.map(({ id, parent_id }) => [id, parent_id]));
  const isOwn = new Set(companies.map(({ id }) => id));
  const rootOf = (id: string): string => {
    const parent = parentOf.get(id);
    return parent && isOwn.has(parent) ? rootOf(parent) : id;
  };
  return companies
    .filter(({ id }) => rootOf(id) === id)
    .map((root) => ({
      root,
      children: companies.filter(({ id }) => id !== root.id && rootOf(id) === root.id),
    }));
}
