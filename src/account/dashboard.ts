import { Router } from 'express';
import {
  listAccountSummaries,
  type AccountSummaries,
  type AccountSummary,
} from '../domain/billing-account/account-summary.ts';
import { listOpenLocations } from '../domain/company-location/own-locations.ts';
import type { CustomerContext } from '../domain/membership/customer-context.ts';
import type { CustomerPermission } from '../domain/role/permissions.ts';
import { contextPath, currentContext, noContextMessage } from '../http/customer-context.ts';
import { signedIn } from '../http/guards.ts';
import { companyBadge, companyNote } from './company-status.ts';

export const dashboard = Router({ mergeParams: true });

interface Card {
  name: 'payment_details' | 'units' | 'history';
  path: string;
  permission: CustomerPermission;
  icon: string;
  text: string;
  hint: string;
}

const cards: readonly Card[] = [
  {
    name: 'payment_details',
    path: '/billing#payment-details',
    permission: 'payment_details.view',
    icon: 'card',
    text: 'Payment details',
    hint: 'How you pay {tenant}',
  },
  {
    name: 'units',
    path: '/units',
    permission: 'units.view',
    icon: 'unit',
    text: 'Units',
    hint: 'What you rent from {tenant}',
  },
  {
    name: 'history',
    path: '/billing#billing-history',
    permission: 'billing.view',
    icon: 'receipt',
    text: 'Billing history',
    hint: 'Your invoices and what was paid',
  },
];

const NO_ACCOUNTS: AccountSummaries = { has_gateway: false, accounts: [] };

dashboard.get('/', signedIn, async (req, res) => {
  const { id, first_name, email, email_verified_at, has_missing_fields, tenant_rents_units, contexts } =
    req.user!;
  const isOverview = req.company === null && contexts.length > 1;
  const shown = isOverview ? contexts : [currentContext(req)].filter((context) => context !== undefined);
  const companyIds = shown.flatMap(({ company }) => (company ? [company.id] : []));
  const company = isOverview ? null : (shown[0]?.company ?? null);
  const [summaries, locations] =
    shown.length > 0
      ? await req.readTenant((db) => [
          listAccountSummaries(db, id, companyIds),
          ...(company ? [listOpenLocations(db, company.id)] : []),
        ])
      : [NO_ACCOUNTS];
  res.page('account/dashboard', {
    title: 'Your account',
    first_name,
    email,
    is_verified: email_verified_at !== null,
    has_missing_fields,
    company_name: company?.name ?? null,
    company_note: companyNote(company),
    locations: locations ?? [],
    is_overview: isOverview,
    has_gateway: summaries.has_gateway,
    contexts: shown.map((context) => toView(context, summaries, tenant_rents_units)),
    no_context: noContextMessage(req),
  });
});

function toView(context: CustomerContext, { has_gateway, accounts }: AccountSummaries, rentsUnits: boolean) {
  const { company, permissions } = context;
  const base = contextPath(context);
  const own = accounts.filter(({ company_id }) => company_id === (company?.id ?? null));
  const needsMethod =
    has_gateway && (own.length === 0 || own.some(({ method_type }) => method_type === null));
  return {
    company_name: company?.name ?? null,
    company_badge: company ? companyBadge(company) : null,
    billing_href: `${base}/billing`,
    /** Null for a role that does not see invoices. */
    payments: permissions.has('billing.view') ? own.filter(isShown) : null,
    accounts: own,
    units: own.reduce((sum, account) => sum + account.units, 0),
    may_pay: has_gateway && permissions.has('billing.pay'),
    may_see_method: permissions.has('payment_details.view'),
    has_former_method: own.some((account) => account.has_former_method),
    add_method_href:
      needsMethod && permissions.has('payment_details.edit') ? `${base}/billing/payment-methods/new` : null,
    cards: cards
      .filter(({ name, permission }) => permissions.has(permission) && (name !== 'units' || rentsUnits))
      .map(({ path, ...card }) => ({ ...card, href: base + path })),
  };
}

/** Without what an account does not owe. */
function isShown({ next_cents, pending_cents, unfinished_cents }: AccountSummary): boolean {
  return next_cents !== null || pending_cents + unfinished_cents > 0n;
}
