import type { Request } from 'express';
import type { StaffPermission } from '../domain/role/permissions.ts';
import { fold } from '../domain/text/fold.ts';
import { staffNavigation } from './navigation.ts';
import type { Translate } from '../locales/translate.ts';

interface Command {
  href: string;
  text: string;
  /** The page of the navigation below which it is. */
  group?: string;
  permission?: StaffPermission;
}

/** What staff may do beside opening a page of the navigation. */
const actions: readonly Command[] = [
  { href: '/users/new', text: 'Add user', permission: 'users.create' },
  { href: '/customers/companies/new', text: 'Create company', permission: 'companies.create' },
  { href: '/rentals/new', text: 'Move in', permission: 'rentals.edit' },
  { href: '/units/new', text: 'Add unit', permission: 'sites.edit' },
  { href: '/sites/new', text: 'Add site', permission: 'sites.edit' },
  { href: '/unit-types/new', text: 'Add unit type', permission: 'sites.edit' },
  { href: '/invoices/new', text: 'Create invoice', permission: 'invoices.issue' },
  { href: '/invoices/charges/new', text: 'Issue a Charge', permission: 'invoices.issue' },
  { href: '/invoices/credits/new', text: 'Issue a Credit', permission: 'invoices.credit' },
  { href: '/payments/new', text: 'Record payment', permission: 'payments.record' },
  { href: '/payments/deposits/new', text: 'Record deposit', permission: 'payments.record' },
  { href: '/billing-runs/new', text: 'Bill rentals', permission: 'invoices.issue' },
  { href: '/imports/new', text: 'Import a file', permission: 'imports.create' },
];

/** Pages below those of the navigation. */
const subpages: readonly Command[] = [
  { href: '/disputes/closed', text: 'Closed disputes', group: 'Disputes', permission: 'invoices.view' },
  {
    href: '/settings/billing/late-fees/new',
    text: 'Add late fee',
    group: 'Settings',
    permission: 'billing_settings.edit',
  },
  {
    href: '/settings/payments/events',
    text: 'Events of the payment service',
    group: 'Settings',
    permission: 'gateways.edit',
  },
  {
    href: '/settings/taxes/new',
    text: 'Add tax rate',
    group: 'Settings',
    permission: 'billing_settings.edit',
  },
  {
    href: '/settings/custom-fields/new',
    text: 'Add custom field',
    group: 'Settings',
    permission: 'custom_fields.edit',
  },
  { href: '/settings/labels/new', text: 'Create label', group: 'Settings', permission: 'labels.edit' },
  { href: '/settings/team/new', text: 'Add staff', group: 'Settings', permission: 'team.edit' },
];

const ownPages: readonly Command[] = [
  { href: '/profile', text: 'Profile' },
  { href: '/security', text: 'Security' },
  { href: '/tasks', text: 'Your tasks' },
];

/** What the user may do. */
export function listCommands(req: Pick<Request, 'actor' | 'tenant'>): Command[] {
  const pages = staffNavigation(req).flatMap(({ children = [], ...page }): Command[] => [
    page,
    ...children.map((child) => ({ ...child, group: page.text })),
  ]);
  const all = [...actions, ...pages, ...subpages, ...ownPages];
  return all.filter(({ permission }) => !permission || req.actor.permissions.has(permission));
}

/** Each word is the beginning of a word of the title. */
export function findCommands(
  req: Pick<Request, 'actor' | 'tenant'>,
  q: string,
  t: Translate,
): { href: string; title: string }[] {
  const words = fold(q).split(' ');
  return listCommands(req)
    .map(({ href, text, group }) => ({ href, title: group ? `${t(group)} → ${t(text)}` : t(text) }))
    .filter(({ title }) => words.every((word) => ` ${fold(title)}`.includes(` ${word}`)));
}
