import { Router } from 'express';
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

dashboard.get('/', signedIn, (req, res) => {
  const { first_name, email, email_verified_at, has_missing_fields, contexts } = req.user!;
  const isOverview = req.company === null && contexts.length > 1;
  const shown = isOverview ? contexts : [currentContext(req)].filter((context) => context !== undefined);
  res.page('account/dashboard', {
    title: 'Your account',
    first_name,
    email,
    is_verified: email_verified_at !== null,
    has_missing_fields,
    company_name: isOverview ? null : shown[0]?.company?.name,
    is_overview: isOverview,
    contexts: shown.map(toView),
    no_context: noContextMessage(req),
  });
});

function toView(context: CustomerContext) {
  return {
    company_name: context.company?.name ?? null,
    cards: cards
      .filter(({ permission }) => context.permissions.has(permission))
      .map(({ path, ...card }) => ({ ...card, href: contextPath(context) + path })),
  };
}
