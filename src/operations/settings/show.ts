import { Router } from 'express';
import { may } from '../../http/guards.ts';

export const settings = Router();

const pages = [
  {
    permission: 'business.edit',
    href: '/settings/business',
    text: 'Business',
    about: 'Name, contact, language, time zone and currency of your business.',
  },
  {
    permission: 'brand.edit',
    href: '/settings/brand',
    text: 'Brand',
    about: 'The logo and colour of your portals and emails.',
  },
  {
    permission: 'billing_settings.edit',
    href: '/settings/billing',
    text: 'Billing',
    about: 'When invoices are issued and due, proration, notice, reminders, lock-out and late fees.',
  },
  {
    permission: 'gateways.edit',
    href: '/settings/payments',
    text: 'Payments',
    about: 'The service that charges cards and bank accounts, and what it has sent.',
  },
  {
    permission: 'billing_settings.edit',
    href: '/settings/taxes',
    text: 'Taxes',
    about: 'The rates that lines of invoices can have.',
  },
  {
    permission: 'billing_settings.edit',
    href: '/settings/agreement',
    text: 'Agreement',
    about: 'What customers sign when they rent a unit, in each language.',
  },
  {
    permission: 'custom_fields.edit',
    href: '/settings/custom-fields',
    text: 'Custom fields',
    about: 'Details of a user in addition to name, email and phone.',
  },
  {
    permission: 'labels.edit',
    href: '/settings/labels',
    text: 'Labels',
    about: 'What marks users, companies and rentals.',
  },
  {
    permission: 'terms.publish',
    href: '/settings/terms',
    text: 'Terms and Conditions',
    about: 'The text that customers agree to, with all published versions.',
  },
  {
    permission: 'team.edit',
    href: '/settings/team',
    text: 'Team',
    about: 'The staff who may log in here, and their roles.',
  },
] as const;

settings.get(
  '/',
  may(
    'business.edit',
    'brand.edit',
    'billing_settings.edit',
    'gateways.edit',
    'custom_fields.edit',
    'labels.edit',
    'terms.publish',
    'team.edit',
  ),
  (req, res) => {
    res.page('operations/settings/show', {
      title: 'Settings',
      pages: pages.filter(({ permission }) => req.actor.permissions.has(permission)),
    });
  },
);
