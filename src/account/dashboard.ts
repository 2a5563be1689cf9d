import { Router } from 'express';
import { listAccountSummaries, type AccountSummary } from '../domain/billing-account/account-summary.ts';
import type { CustomerContext } from '../domain/membership/customer-context.ts';
import type { CustomerPermission } from '../domain/role/permissions.ts';
import { contextPath, currentContext, noContextMessage } from '../http/customer-context.ts';
import { signedIn } from '../http/guards.ts';

export const dashboard = Router({ mergeParams: true });

interface Card {
  path: string;
  permission: CustomerPermission;
  icon: string;
  text: string;
  hint: { text: string };
}

const cards: readonly Card[] = [
  {
    path: '/billing#payment-details',
    permission: 'payment_details.view',
    icon: 'card',
    text: 'Payment details',
    hint: { text: 'How you pay {tenant}' },
  },
  {
    path: '/units',
    permission: 'units.view',
    icon: 'unit',
    text: 'Units',
    hint: { text: 'What you rent from {tenant}' },
  },
  {
    path: '/billing#billing-history',
    permission: 'billing.view',
    icon: 'receipt',
    text: 'Billing history',
    hint: { text: 'Your invoices and what was paid' },
  },
];

dashboard.get('/', signedIn, async (req, res) => {
  const { id, first_name, email, email_verified_at, has_missing_fields, contexts } = req.user!;
  const isOverview = req.company === null && contexts.length > 1;
  const shown = isOverview ? contexts : [currentContext(req)].filter((context) => context !== undefined);
  const companyIds = shown.flatMap(({ company }) => (company ? [company.id] : []));
  const [summaries] =
    shown.length > 0 ? await req.readTenant((db) => [listAccountSummaries(db, id, companyIds)]) : [[]];
  res.page('account/dashboard', {
    title: 'Your account',
    first_name,
    email,
    is_verified: email_verified_at !== null,
    has_missing_fields,
    company_name: isOverview ? null : shown[0]?.company?.name,
    is_overview: isOverview,
    contexts: shown.map((context) => toView(context, summaries)),
    no_context: noContextMessage(req),
  });
});

function toView(context: CustomerContext, summaries: readonly AccountSummary[]) {
  const { company, permissions } = context;
  const own = summaries.filter(({ company_id }) => company_id === (company?.id ?? null));
  const units = own.reduce((sum, account) => sum + account.units, 0);
  return {
    company_name: company?.name ?? null,
    billing_href: `${contextPath(context)}/billing`,
    /** Null for a role that does not see invoices. */
    payments: permissions.has('billing.view') ? own.filter(({ next_due_on }) => next_due_on !== null) : null,
    cards: cards
      .filter(({ permission }) => permissions.has(permission))
      .map(({ path, ...card }) => ({
        ...card,
        href: contextPath(context) + path,
        count: card.permission === 'units.view' ? units : null,
      })),
  };
}
