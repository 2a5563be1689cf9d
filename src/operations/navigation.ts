import type { Request } from 'express';
import type { StaffPermission } from '../domain/role/permissions.ts';

export interface NavigationItem {
  href: string;
  text: string;
  icon?: string;
  /** Without one, the item is shown with those of its children that are. */
  permission?: StaffPermission;
  children?: readonly NavigationItem[];
}

const users: NavigationItem = { href: '/users', text: 'Users', icon: 'users', permission: 'users.view' };
const companies: NavigationItem = {
  href: '/customers/companies',
  text: 'Companies',
  icon: 'company',
  permission: 'companies.view',
};
const customers: NavigationItem = {
  href: '/customers',
  text: 'Customers',
  icon: 'company',
  permission: 'companies.view',
  children: [companies],
};
const onboarding: NavigationItem = {
  href: '/onboarding',
  text: 'Get started',
  icon: 'check',
  permission: 'business.edit',
};

const pages: readonly NavigationItem[] = [
  {
    href: '/units',
    text: 'Units',
    icon: 'unit',
    permission: 'rentals.view',
    children: [
      { href: '/sites', text: 'Sites', permission: 'rentals.view' },
      { href: '/unit-types', text: 'Unit types', permission: 'rentals.view' },
    ],
  },
  { href: '/rentals', text: 'Rentals', icon: 'key', permission: 'rentals.view' },
  { href: '/requests', text: 'Requests', icon: 'inbox', permission: 'requests.decide' },
  {
    href: '/invoices',
    text: 'Invoices',
    icon: 'receipt',
    permission: 'invoices.view',
    children: [
      { href: '/payments', text: 'Payments', permission: 'invoices.view' },
      { href: '/disputes', text: 'Disputes', permission: 'invoices.view' },
      { href: '/balances', text: 'Unapplied credit', permission: 'invoices.view' },
      { href: '/billing-runs', text: 'Billing runs', permission: 'invoices.issue' },
    ],
  },
  {
    href: '/reports',
    text: 'Reports',
    icon: 'chart',
    permission: 'reports.view',
    children: [
      { href: '/reports/ageing', text: 'Ageing', permission: 'reports.view' },
      { href: '/reports/tax', text: 'Tax', permission: 'reports.view' },
      { href: '/reports/income', text: 'Income', permission: 'reports.view' },
    ],
  },
  { href: '/imports', text: 'Imports', icon: 'upload', permission: 'imports.create' },
  { href: '/emails', text: 'Emails', icon: 'mail', permission: 'emails.view' },
  { href: '/audit-log', text: 'Audit log', icon: 'history', permission: 'audit_log.view' },
  {
    href: '/settings',
    text: 'Settings',
    icon: 'settings',
    children: [
      { href: '/settings/business', text: 'Business', permission: 'business.edit' },
      { href: '/settings/brand', text: 'Brand', permission: 'brand.edit' },
      { href: '/settings/billing', text: 'Billing', permission: 'billing_settings.edit' },
      { href: '/settings/payments', text: 'Payments', permission: 'gateways.edit' },
      { href: '/settings/taxes', text: 'Taxes', permission: 'billing_settings.edit' },
      { href: '/settings/agreement', text: 'Agreement', permission: 'billing_settings.edit' },
      { href: '/settings/custom-fields', text: 'Custom fields', permission: 'custom_fields.edit' },
      { href: '/settings/labels', text: 'Labels', permission: 'labels.edit' },
      { href: '/settings/terms', text: 'Terms and Conditions', permission: 'terms.publish' },
      { href: '/settings/team', text: 'Team', permission: 'team.edit' },
    ],
  },
];

/** The pages of the operations portal that the user may open. */
export function staffNavigation({ actor, tenant }: Pick<Request, 'actor' | 'tenant'>): NavigationItem[] {
  const may = ({ permission }: NavigationItem) => !permission || actor.permissions.has(permission);
  const dashboard = (['invoices.view', 'rentals.view'] as const)
    .filter((permission) => actor.permissions.has(permission))
    .slice(0, 1)
    .map((permission) => ({ href: '/dashboard', text: 'Dashboard', icon: 'dashboard', permission }));
  const all: NavigationItem[] = [
    ...dashboard,
    ...(tenant.is_setup_hidden ? [] : [onboarding]),
    ...(tenant.vocabulary === 'b2b' ? [companies, users] : [users, customers]),
    ...pages,
  ];
  return all
    .map((item) => ({ ...item, children: (item.children ?? []).filter(may) }))
    .filter((item) => may(item) && (item.permission || item.children.length > 0));
}
